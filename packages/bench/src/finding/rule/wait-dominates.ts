import type { ScenarioResult } from "../../result/result.ts";
import { isNominal, largest } from "../rule.ts";
import type { Knob, Rule } from "../rule.ts";

const SHARE_MAX = 0.5;
const SAMPLES_MIN = 50;

/** What a wait means and what helps; the first matching pattern counts. */
const explanations: readonly {
  readonly pattern: RegExp;
  readonly cause: string;
  readonly change: string;
  readonly area: "code" | "architecture" | "infrastructure";
  readonly knob: Knob | null;
}[] = [
  {
    pattern: /^Lock:/,
    cause: "Transactions wait for rows or tables locked by another transaction.",
    change:
      "Find the blocking transaction with `pg_blocking_pids()` and shorten it. Take locks in a fixed order, and avoid rows that every run has to lock.",
    area: "code",
    knob: null,
  },
  {
    pattern: /WAL|Wal/,
    cause: "Backends wait for the write-ahead log to be written or flushed.",
    change:
      "Put the write-ahead log on a faster disk, write more rows per flush (fewer writers, larger batches), or compress the log with `wal_compression`.",
    area: "infrastructure",
    knob: { name: "MESHHOOK_WRITERS", value: "1", improves: ["throughput.completedPerSecond", "work.commits"] },
  },
  {
    pattern: /DataFile|BufferIO|Buffile/i,
    cause: "Backends wait for table or index pages to be read from disk.",
    change:
      "Raise `shared_buffers` until the newest partitions and their indexes fit, and drop indexes that no query uses.",
    area: "infrastructure",
    knob: { name: "shared_buffers", value: "512MB", improves: ["latency.ack.p99Ms", "throughput.completedPerSecond"] },
  },
  {
    pattern: /^LWLock:/,
    cause: "Backends wait for each other inside PostgreSQL.",
    change:
      "Use fewer connections: lower MESHHOOK_WRITERS and MESHHOOK_POOL_SIZE, because each waiting backend only makes the queue longer.",
    area: "infrastructure",
    knob: { name: "MESHHOOK_WRITERS", value: "1", improves: ["throughput.completedPerSecond", "latency.ack.p50Ms"] },
  },
];

const unexplained = {
  cause: "Backends spend most of their active time waiting for one event.",
  change: "Look up the event in PostgreSQL's documentation of wait events, and remove its cause.",
  area: "infrastructure",
  knob: null,
} as const;

/** Vacuum has its own rule. */
const ignored = /Vacuum|^Client:|^Activity:/;

/** At a nominal rate, little else than the flush of each commit is left to wait for. Whether that takes long, another rule says. */
function isFlushOfAnIdleDatabase(scenario: ScenarioResult, event: string): boolean {
  return isNominal(scenario) && /^IO:Wal/.test(event);
}

export const waitDominates: Rule = {
  name: "wait-dominates",
  looksFor: "A single wait event that takes most of the database's active time.",
  advice: {
    area: "infrastructure",
    change:
      "It depends on the event. Locks: shorten the transaction that holds them. The log: write more rows per flush, or use a faster disk. Reads of pages: raise `shared_buffers`. Waits inside PostgreSQL: use fewer connections.",
    expectedEffect:
      "Statements become faster by up to the share of the wait. PostgreSQL's CPU use stays about the same.",
    effort: "small",
    risk: "low",
  },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const waiting = scenarios.flatMap((scenario) => {
      const samples = (scenario.database?.waits ?? []).filter(({ event }) => !ignored.test(event));
      const total = samples.reduce((sum, wait) => sum + wait.samples, 0);
      const worst = samples.filter(({ event }) => event !== "CPU").toSorted((a, b) => b.samples - a.samples)[0];
      if (worst === undefined || total < SAMPLES_MIN || worst.samples / total <= SHARE_MAX) return [];
      if (isFlushOfAnIdleDatabase(scenario, worst.event)) return [];
      return [{ scenario, event: worst.event, share: worst.samples / total }];
    });
    const worst = waiting.toSorted((a, b) => b.share - a.share)[0];
    if (worst === undefined) return null;
    const { cause, change, area, knob } = explanations.find(({ pattern }) => pattern.test(worst.event)) ?? unexplained;
    return {
      severity: "warning",
      title: `The database mostly waits for ${worst.event}`,
      evidence: waiting.map(({ scenario, event, share }) => ({
        scenario: scenario.name,
        metric: `database.waits ${event}, share`,
        value: share,
        limit: SHARE_MAX,
      })),
      cause,
      advice: { area, change, effort: area === "code" ? "medium" : "small" },
      ...(knob === null ? {} : { knob, tryIn: worst.scenario.name }),
      effect: { share: largest(waiting.map(({ share }) => share)), of: "the database's active time" },
    };
  },
};
