import { rankedStatements } from "../../measure/postgres-activity.ts";
import type { Audit, DatabaseActivity } from "../../result/result.ts";

export function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** Clean when every block is. */
export function joinAudits(audits: readonly Audit[]): Audit {
  const sum = (name: { [Name in keyof Audit]: Audit[Name] extends number ? Name : never }[keyof Audit]) =>
    sumOf(audits, (audit) => audit[name]);
  return {
    isClean: audits.every(({ isClean }) => isClean),
    sent: sum("sent"),
    accepted: sum("accepted"),
    rejected: sum("rejected"),
    unknown: sum("unknown"),
    runs: sum("runs"),
    finished: sum("finished"),
    lost: sum("lost"),
    duplicated: sum("duplicated"),
    outOfOrder: sum("outOfOrder"),
    stuck: sum("stuck"),
    phantom: sum("phantom"),
    effects: sum("effects"),
    effectRepeats: sum("effectRepeats"),
    effectsMissing: sum("effectsMissing"),
    effectsUnexpected: sum("effectsUnexpected"),
    effectsWrong: sum("effectsWrong"),
    beforeCommit: sum("beforeCommit"),
    resultsChecked: sum("resultsChecked"),
    resultsWrong: sum("resultsWrong"),
    details: audits.flatMap(({ details }) => details),
  };
}

/** Counters add up; sizes are those of the last block. */
export function joinActivities(activities: readonly DatabaseActivity[]): DatabaseActivity {
  const sum = (
    name: "commits" | "rollbacks" | "walBytes" | "walRecords" | "walFullPageImages" | "checkpoints",
  ): number => sumOf(activities, (activity) => activity[name]);
  const flushes = activities.map(({ walFlushes }) => walFlushes);
  return {
    commits: sum("commits"),
    rollbacks: sum("rollbacks"),
    walBytes: sum("walBytes"),
    walRecords: sum("walRecords"),
    walFullPageImages: sum("walFullPageImages"),
    walFlushes: flushes.includes(null) ? null : sumOf(flushes, (count) => count ?? 0),
    checkpoints: sum("checkpoints"),
    tables: merged(
      activities.flatMap(({ tables }) => tables),
      ({ name }) => name,
      (a, b) => ({
        ...b,
        inserts: a.inserts + b.inserts,
        updates: a.updates + b.updates,
        deletes: a.deletes + b.deletes,
        autovacuums: (a.autovacuums ?? 0) + (b.autovacuums ?? 0),
      }),
    ),
    statements: rankedStatements(
      merged(
        activities.flatMap(({ statements }) => statements),
        ({ query }) => query,
        (a, b) => ({
          query: a.query,
          calls: a.calls + b.calls,
          totalMs: a.totalMs + b.totalMs,
          rows: a.rows + b.rows,
          walBytes: a.walBytes + b.walBytes,
        }),
      ),
    ),
    waits: merged(
      activities.flatMap(({ waits }) => waits),
      ({ event }) => event,
      (a, b) => ({ event: a.event, samples: a.samples + b.samples }),
    ).toSorted((a, b) => b.samples - a.samples),
    connectionsMax: Math.max(...activities.map(({ connectionsMax }) => connectionsMax)),
    connectionsByState: largestByName(activities.map(({ connectionsByState = {} }) => connectionsByState)),
    oldestTransactionMsMax: Math.max(...activities.map(({ oldestTransactionMsMax = 0 }) => oldestTransactionMsMax)),
  };
}

function largestByName(counts: readonly { readonly [name: string]: number }[]): { readonly [name: string]: number } {
  const largest: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((each) => Object.entries(each)))
    largest[name] = Math.max(largest[name] ?? 0, count);
  return largest;
}

function merged<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  merge: (a: Item, b: Item) => Item,
): Item[] {
  const byName = new Map<string, Item>();
  for (const item of items) {
    const known = byName.get(nameOf(item));
    byName.set(nameOf(item), known === undefined ? item : merge(known, item));
  }
  return [...byName.values()];
}
