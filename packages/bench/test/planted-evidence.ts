/**
 * What a healthy scenario leaves behind, made up request by request, and ways to plant a fault in it. The real analysis judges it: only
 * the data are made.
 */
import type { RunTimes } from "../src/audit/run-times.ts";
import { Outcome } from "../src/load/ledger.ts";
import type { Ledger } from "../src/load/ledger.ts";
import type { Stall } from "../src/measure/episodes.ts";
import type { ResourceReading } from "../src/measure/resource-sampler.ts";
import type { WitnessReport } from "../src/measure/witness.ts";
import type { Audit, CanaryReading, DatabaseActivity } from "../src/result/result.ts";
import type { Scenario } from "../src/scenario/scenario.ts";
import { seededRandom } from "../src/stats/index.ts";
import type { Evidence } from "../src/suite/evidence.ts";

export const STARTED_US = 1_700_000_000_000_000;

/** A machine at its best. */
export const QUIET_CANARY: CanaryReading = { cpuMs: 5, flushMs: 0.2, roundTripMs: 0.04 };

/** What a sender and the database note of one request, microseconds from the intended send. */
export interface Moments {
  sent: number;
  received: number;
  committed: number;
  /** −1: never. */
  answered: number;
  done: number;
  /** At a viewer; only in scenarios with one. */
  lastLine: number;
  outcome: number;
}

export interface Planted {
  /** Changes what happened to request `n`, due `intendedUs` after the first. */
  readonly request?: (moments: Moments, n: number, intendedUs: number) => void;
  readonly evidence?: (evidence: Evidence) => Partial<Evidence>;
  readonly host?: Partial<ResourceReading["host"]>;
  /** MeshHook's resident memory at a second of the load. */
  readonly rssBytes?: (second: number) => number;
  /** Of the machine, from the first request, as its witness saw them. */
  readonly stalls?: readonly Stall[];
}

/** Such a block again and again, each with runs of its own. */
export function blocksOf(
  scenario: Scenario,
  count: number,
  plantedIn: (block: number) => Planted,
): readonly Evidence[] {
  return Array.from({ length: count }, (_, block) => evidenceOf(scenario, plantedIn(block), block));
}

/** A block of a scenario as it goes on a quiet machine, with what is planted. */
export function evidenceOf(scenario: Scenario, planted: Planted = {}, block = 0): Evidence {
  const { load } = scenario;
  if (load.kind !== "paced") throw new Error("Only paced scenarios are made up.");
  const random = seededRandom(5 + block);
  const runIdOf = (n: number) => runIdIn(block, n);
  const totalUs = (load.warmupMs + load.durationMs) * 1_000;
  const count = Math.floor((load.ratePerSecond * totalUs) / 1e6);
  const column = () => new Int32Array(count);
  const ledger = {
    startedAtUs: STARTED_US,
    count,
    intendedUs: column(),
    sentUs: column(),
    answeredUs: column(),
    outcome: new Int16Array(count),
    runIdOf,
  } satisfies Ledger;
  const runs: RunTimes[] = [];
  const lastLineUs = new Map<string, number>();
  for (let n = 0; n < count; n += 1) {
    const intendedUs = Math.round((n * 1e6) / load.ratePerSecond);
    const jitter = 0.8 + 0.4 * random();
    const moments: Moments = {
      sent: 60,
      received: 300 * jitter,
      committed: 900 * jitter,
      answered: 1_600 * jitter,
      done: 950 * jitter,
      lastLine: 2_500 * jitter,
      outcome: 202,
    };
    planted.request?.(moments, n, intendedUs);
    ledger.intendedUs[n] = intendedUs;
    ledger.sentUs[n] = moments.sent < 0 ? -1 : intendedUs + moments.sent;
    ledger.answeredUs[n] = moments.answered < 0 ? -1 : intendedUs + moments.answered;
    ledger.outcome[n] = moments.outcome;
    if (moments.outcome !== 202) continue;
    const at = (us: number) => STARTED_US + intendedUs + us;
    runs.push({
      n,
      runId: runIdOf(n),
      receivedUs: at(moments.received),
      ackedUs: at(moments.committed),
      doneUs: at(moments.done),
    });
    lastLineUs.set(runIdOf(n), at(moments.lastLine));
  }
  const readings = Array.from({ length: Math.floor(totalUs / 1e6) + 1 }, (_, second) => readingAt(second, planted));
  const [from, until] = [readings[Math.floor(load.warmupMs / 1_000)], readings.at(-1)];
  if (from === undefined || until === undefined) throw new Error("The load is shorter than its warm-up.");
  const edge = (resources: ResourceReading) => {
    const written = runs.filter(({ doneUs }) => doneUs !== null && doneUs < resources.atUs).length;
    return {
      atUs: resources.atUs,
      resources,
      database: { atUs: resources.atUs, writeTransactions: written, walBytes: written * 1_740 },
    };
  };
  const evidence: Evidence = {
    scenario,
    startedAtMs: 0,
    measured: {
      report: {
        startedAtUs: STARTED_US,
        finishedAtUs: STARTED_US + totalUs,
        cpuUs: totalUs * 0.05,
        reopened: 0,
        clocks: [{ of: "the generator", offsetUs: 10, uncertaintyUs: 40 }],
        ledger,
      },
      clocks: [{ of: "the generator", offsetUs: 10, uncertaintyUs: 40 }],
      from: edge(from),
      until: edge(until),
      readings,
      notes: [],
    },
    audit: auditOf(count, runs.length),
    segments: runs.length,
    runs,
    effects: null,
    stream:
      scenario.subscribers === 0
        ? null
        : {
            viewers: 1,
            lines: runs.length * 7,
            announcedGaps: 0,
            broken: 0,
            lastLineUs,
            views: [...lastLineUs].map(([runId, endUs]) => ({
              viewer: 0,
              runId,
              gaps: 0,
              duplicates: 0,
              misordered: 0,
              endUs,
            })),
          },
    activity: activityOf(runs.length),
    faults: [],
    calibration: { ceilingPerSecond: 30_000, cpuUsPerRequest: 30, latenessMsP99: 0.4 },
    roofs: { rawHttpPerSecond: 0, copyRowsPerSecond: 0, commitsPerSecond: 0 },
    rawHttpCpuUs: 43,
    notes: [],
    artifacts: [],
    areCountersSettled: true,
    activityMs: totalUs / 1_000,
    statements: runs.length + 20,
    witness: witnessOf(planted.stalls ?? []),
    canary: { before: QUIET_CANARY, after: QUIET_CANARY },
    idleFlushMs: 0.3,
    cores: 2,
    clocks: [
      { of: "PostgreSQL", offsetUs: -20, uncertaintyUs: 80 },
      { of: "the call target", offsetUs: 15, uncertaintyUs: 40 },
    ],
    durability: { fsync: true, synchronousCommit: "on" },
  };
  return { ...evidence, ...planted.evidence?.(evidence) };
}

/** Everything that is under way while the engine stands still ends when it goes on. */
export function stalling(fromUs: number, lengthUs: number): (moments: Moments, n: number, intendedUs: number) => void {
  return (moments, _, intendedUs) => {
    const untilUs = fromUs + lengthUs;
    if (intendedUs < fromUs - 2_000 || intendedUs >= untilUs) return;
    const waitUs = untilUs - intendedUs;
    for (const moment of ["received", "committed", "answered", "done", "lastLine"] as const) moments[moment] += waitUs;
  };
}

/** Such a stall again and again. */
export function stallingEvery(
  everyUs: number,
  lengthUs: number,
): (moments: Moments, n: number, intendedUs: number) => void {
  return (moments, n, intendedUs) => {
    stalling(Math.floor(intendedUs / everyUs) * everyUs + 700_000, lengthUs)(moments, n, intendedUs);
  };
}

/** The request got no answer. */
export function unanswered(moments: Moments): void {
  moments.outcome = Outcome.timeout;
  moments.answered = 10_000_000;
}

function runIdIn(block: number, n: number): string {
  return `01890000-0000-7000-8${block.toString(16).padStart(3, "0")}-${n.toString(16).padStart(12, "0")}`;
}

function readingAt(second: number, { host, rssBytes }: Planted): ResourceReading {
  const scale = (value: number | null | undefined) => (value ?? 0) * second;
  return {
    atUs: STARTED_US + second * 1e6,
    host: {
      atMs: second * 1_000,
      busyTicks: 30 * second,
      totalTicks: 200 * second,
      loadAverage1: host?.loadAverage1 ?? 0.3,
      stealTicks: scale(host?.stealTicks),
      cpuPressureUs: scale(host?.cpuPressureUs),
      ioPressureUs: scale(host?.ioPressureUs),
    },
    processes: new Map([
      ["meshhook", { cpuSeconds: 0.1 * second, rssBytes: rssBytes?.(second) ?? 215_000_000 }],
      ["postgres", { cpuSeconds: 0.1 * second, rssBytes: 150_000_000 }],
      ["generator", { cpuSeconds: 0.05 * second, rssBytes: 70_000_000 }],
    ]),
  };
}

function witnessOf(stalls: readonly Stall[]): WitnessReport {
  return {
    stalls: stalls.map(({ fromUs, untilUs }) => ({ fromUs: STARTED_US + fromUs, untilUs: STARTED_US + untilUs })),
    flushMsP50: 0.5,
    flushMsMax: 4,
    timerLateMsP99: 1,
  };
}

function auditOf(sent: number, accepted: number): Audit {
  return {
    isClean: true,
    sent,
    accepted,
    rejected: sent - accepted,
    unknown: 0,
    runs: accepted,
    finished: accepted,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    stuck: 0,
    phantom: 0,
    effects: 0,
    effectRepeats: 0,
    effectsMissing: 0,
    effectsUnexpected: 0,
    effectsWrong: 0,
    beforeCommit: 0,
    resultsChecked: accepted,
    resultsWrong: 0,
    details: [],
  };
}

function activityOf(runs: number): DatabaseActivity {
  return {
    commits: runs,
    rollbacks: 0,
    walBytes: runs * 1_740,
    walRecords: runs * 4,
    walFullPageImages: 0,
    walFlushes: Math.round(runs * 0.95),
    checkpoints: 0,
    tables: [{ name: "journal", inserts: runs, updates: 0, deletes: 0, deadTuples: 0, bytes: runs * 1_500 }],
    statements: [
      {
        query: "with held as materialized (select …) insert into meshhook.journal …",
        calls: runs,
        totalMs: runs,
        rows: runs,
        walBytes: runs * 1_700,
      },
    ],
    waits: [],
    connectionsMax: 8,
  };
}
