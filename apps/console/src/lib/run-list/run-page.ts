import type { EventResource, RunSummaryResource } from "@meshhook/contract";

type Runs = readonly RunSummaryResource[];

const ENDS: { readonly [type: string]: RunSummaryResource["status"] } = {
  "run.succeeded": "succeeded",
  "run.failed": "failed",
  "run.canceled": "canceled",
};

/** The shown rows updated from a newer answer; none is added, moved or removed. */
export function takeStates(shown: Runs, answer: Runs): Runs {
  const newer = new Map(answer.map((run) => [run.id, run]));
  let isChanged = false;
  const runs = shown.map((run) => {
    const now = newer.get(run.id);
    if (now === undefined || run.finishedAt !== null || now.finishedAt === null) return run;
    isChanged = true;
    return now;
  });
  return isChanged ? runs : shown;
}

/** The shown rows with the ends reported by events. */
export function takeEnds(shown: Runs, events: readonly EventResource[]): Runs {
  const ends = new Map<string, EventResource>();
  for (const event of events) if (ENDS[event.type] !== undefined) ends.set(event.runId, event);
  let isChanged = false;
  const runs = shown.map((run) => {
    const end = run.finishedAt === null ? ends.get(run.id) : undefined;
    if (end === undefined) return run;
    isChanged = true;
    return { ...run, status: ENDS[end.type] ?? run.status, finishedAt: end.at };
  });
  return isChanged ? runs : shown;
}

/** How many runs of an answer started after the newest one shown. */
export function countNew(shown: Runs, answer: Runs): number {
  const newest = shown[0];
  if (newest === undefined) return answer.length;
  // Ids sort by the start of a run; a run of the same moment on another shard may sort before.
  const known = new Set(shown.map(({ id }) => id));
  return answer.filter(({ id }) => !known.has(id) && id > newest.id).length;
}
