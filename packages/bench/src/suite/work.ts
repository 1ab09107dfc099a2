import { cpuSecondsBetween } from "../measure/resource-sampler.ts";
import type { WorkPerRun } from "../result/result.ts";
import { isEven } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { medianSlope } from "../stats/index.ts";
import type { Evidence } from "./evidence.ts";
import { sumOf } from "./join/counts.ts";
import { edgesOf, isWithin, windowsOf } from "./window.ts";

/** Heartbeats, shards, timers: the statements that each process of MeshHook sends without a webhook. */
const IDLE_STATEMENTS_PER_SECOND = 3;

/** Those that the passing of time causes while work is counted. */
export function idleStatements({ measured, activityMs = 0 }: Evidence): number {
  const seen = measured.readings.map(({ processes }) => Object.keys(processes.get("meshhook")?.each ?? {}).length);
  // Of several, one started the others and sends nothing.
  const processes = Math.max(1, Math.max(0, ...seen) - 1);
  return IDLE_STATEMENTS_PER_SECOND * processes * (activityMs / 1_000);
}

/**
 * Null when nothing was completed. Each counter is divided by the runs of its own stretch of time: transactions and log by those that
 * ended between its two readings, CPU by those between the readings of `/proc`, rows and statements by all of the load.
 */
export function workPerRun(evidence: Evidence): WorkPerRun | null {
  const { audit, segments, activity, runs } = evidence;
  const edges = edgesOf(evidence);
  const endedBetween = (fromUs: number, untilUs: number) =>
    runs.filter(({ doneUs }) => doneUs !== null && doneUs >= fromUs && doneUs < untilUs).length;
  const counted = sumOf(edges, ({ from, until }) =>
    endedBetween(from.database.atUs ?? from.atUs, until.database.atUs ?? until.atUs),
  );
  const billed = sumOf(edges, ({ from, until }) => endedBetween(from.resources.atUs, until.resources.atUs));
  if (counted === 0 || billed === 0 || audit.runs === 0) return null;
  const hot = activity.tables.filter(({ name }) => HOT_TABLES.has(name));
  const inserts = activity.tables.find(({ name }) => name === "journal")?.inserts ?? 0;
  const statements = evidence.statements ?? activity.statements.reduce((sum, { calls }) => sum + calls, 0);
  const commits =
    sumOf(edges, ({ from, until }) => until.database.writeTransactions - from.database.writeTransactions) / counted;
  const cpuMs = (name: string) =>
    (sumOf(edges, ({ from, until }) => cpuSecondsBetween(from.resources, until.resources, name)) * 1_000) / billed;
  return {
    statements: statements / audit.runs,
    statementsPerCommit: commits === 0 ? null : statementsPerCommit(evidence, commits),
    commits,
    journalRows: segments / audit.runs,
    journalRowsUndone:
      evidence.areCountersSettled === true ? (evidence.undoneRows ?? inserts - segments) / audit.runs : null,
    hotUpdates: hot.reduce((sum, { updates }) => sum + updates, 0) / audit.runs,
    hotDeletes: hot.reduce((sum, { deletes }) => sum + deletes, 0) / audit.runs,
    walBytes: sumOf(edges, ({ from, until }) => until.database.walBytes - from.database.walBytes) / counted,
    meshhookCpuMs: cpuMs("meshhook"),
    postgresCpuMs: cpuMs("postgres"),
  };
}

/** Without those that the passing of time causes. */
function statementsPerCommit(evidence: Evidence, commitsPerRun: number): number {
  const all = evidence.statements ?? evidence.activity.statements.reduce((sum, { calls }) => sum + calls, 0);
  return Math.max(0, all - idleStatements(evidence)) / (commitsPerRun * evidence.audit.runs);
}

/** Without a timestamp of its own a counter may belong to another stretch than the runs that it is divided by. */
export function hasOwnTimestamps(evidence: Evidence): boolean {
  return edgesOf(evidence).every(
    ({ from, until }) => from.database.atUs !== undefined && until.database.atUs !== undefined,
  );
}

/** Tables that get a row per run: they must only ever be inserted into. */
const HOT_TABLES = new Set(["journal", "deduplications", "timers"]);

/**
 * Readings of a block that show whether memory grows in it. A block of five seconds has five, and its slope alone may be chance: a
 * healthy one was seen to gain 6.6 MB/s. The median of the blocks of a scenario was below 1 MB/s in all of 55.
 */
const READINGS_MIN = 4;

/**
 * What MeshHook's processes gained per second of one block: the median of the blocks, of two the lower; null where they are too short to
 * tell.
 */
export function memoryGrowth(evidence: Evidence): number | null {
  const { readings, report } = evidence.measured;
  const slopes = windowsOf(evidence).map((window) =>
    medianSlope(
      readings.flatMap(({ atUs, processes }) => {
        const bytes = processes.get("meshhook")?.rssBytes;
        const isUsable = bytes !== undefined && isWithin(atUs - report.startedAtUs, [window]);
        return isUsable ? [[atUs / 1e6, bytes] as const] : [];
      }),
      READINGS_MIN,
    ),
  );
  const known = slopes.flatMap((slope) => (slope === null ? [] : [slope])).toSorted((a, b) => a - b);
  return known.length < slopes.length ? null : (known[Math.floor((known.length - 1) / 2)] ?? null);
}

/** Flushes of the log for each run; null where they are shared or not counted. */
export function flushesPerCommit({ activity, audit }: Evidence, { load, faults, alongside }: Scenario): number | null {
  if (
    load.kind !== "paced" ||
    // Towards the limit, runs share flushes.
    load.search !== undefined ||
    load.isOverload ||
    !isEven(load) ||
    faults.length + alongside.length > 0 ||
    typeof activity.walFlushes !== "number" ||
    audit.runs < 100
  )
    return null;
  return activity.walFlushes / audit.runs;
}
