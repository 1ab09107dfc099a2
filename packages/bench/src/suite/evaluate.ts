import type { RunTimes } from "../audit/run-times.ts";
import { isAccepted, Outcome, outcomeName } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Effect } from "../load/sink/sink.ts";
import type { StreamReport } from "../load/subscriber/subscribers.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import { cpuSecondsBetween, hostResourcesBetween, resourcesBetween } from "../measure/resource-sampler.ts";
import type {
  Audit,
  Calibration,
  DatabaseActivity,
  LatencySummary,
  LoadDescription,
  Roofs,
  ScenarioResult,
  WorkPerRun,
} from "../result/result.ts";
import { judge } from "../scenario/threshold.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { judgeBacking } from "./backing.ts";
import { explainCpuMisses } from "./machine.ts";
import { IN_FLIGHT_MAX } from "./measured-load.ts";
import type { MeasuredLoad } from "./measured-load.ts";
import { phasesOf } from "./phases.ts";
import { seriesOf } from "./series.ts";

/** Everything a scenario left behind. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly startedAtMs: number;
  readonly measured: MeasuredLoad;
  readonly audit: Audit;
  /** Journal rows of all the runs. */
  readonly segments: number;
  readonly runs: readonly RunTimes[];
  readonly effects: readonly Effect[] | null;
  readonly stream: StreamReport | null;
  readonly activity: DatabaseActivity;
  /** Unix microseconds of the kill and of the new process' start; null without such a fault. */
  readonly restart: { readonly killedUs: number; readonly startedUs: number } | null;
  readonly calibration: Calibration;
  readonly roofs: Roofs;
  /** CPU of a bare node:http server for one request; null when it was not measured. */
  readonly rawHttpCpuUs: number | null;
  readonly notes: readonly string[];
  readonly artifacts: readonly string[];
}

/** Turns what was seen into figures and a verdict. Pure. */
export function evaluateScenario(evidence: Evidence): ScenarioResult {
  const { scenario, measured, audit, runs, restart } = evidence;
  const { ledger } = measured.report;
  const window = windowOf(scenario, measured);
  const seconds = (window.untilUs - window.fromUs) / 1e6;
  const inWindow = countWindow(ledger, runs, window);
  const completed = inWindow.completed;
  const rates = {
    ackedPerSecond: inWindow.acked / seconds,
    completedPerSecond: completed / seconds,
    sent: inWindow.sent,
    acked: inWindow.acked,
    completed,
  };
  // Starting a process again is work as well, but no run's: under a fault the work per run would say nothing.
  const work = scenario.fault === null ? workPerRun(evidence, completed) : null;
  const latency = latenciesOf(evidence, window);
  const lateness = latenessOf(ledger, window);
  const isSaturating = scenario.load.kind === "saturating";
  const unsent = countOutcome(ledger, Outcome.unsent);
  const figures = {
    throughput: audit.isClean ? rates : null,
    latency,
    errors: errorsOf(evidence),
    audit,
    work,
    roofShare:
      isSaturating && audit.isClean
        ? {
            rawHttp: rates.completedPerSecond / evidence.roofs.rawHttpPerSecond,
            copyRows: (rates.completedPerSecond * (work?.journalRows ?? 0)) / evidence.roofs.copyRowsPerSecond,
            commits: (rates.completedPerSecond * (work?.commits ?? 0)) / evidence.roofs.commitsPerSecond,
          }
        : null,
  };
  const host = hostResourcesBetween(measured.from.resources, measured.until.resources);
  const thresholds = explainCpuMisses(judge(scenario.thresholds, figures), {
    rawHttpCpuUs: evidence.rawHttpCpuUs ?? 0,
    stealShare: host.stealShare,
  });
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question,
    group: scenario.group,
    load: describeLoad(scenario, seconds, window.fromUs / 1_000),
    startedAtMs: evidence.startedAtMs,
    durationMs: Date.now() - evidence.startedAtMs,
    status: audit.isClean && thresholds.every((threshold) => threshold.holds) ? "passed" : "failed",
    ...figures,
    phases: phasesOf({
      ledger,
      runs,
      firstEffectUs: evidence.effects === null ? null : firstEffects(evidence.effects),
      lastLineUs: evidence.stream?.lastLineUs ?? null,
      window,
    }),
    resources: resourcesBetween(measured.readings, measured.from.resources, measured.until.resources),
    host,
    database: evidence.activity,
    thresholds,
    generator: judgeBacking({
      calibration: evidence.calibration,
      model: isSaturating ? "closed" : "open",
      sentPerSecond: inWindow.sent / seconds,
      latenessMsP99: lateness.percentileMs(99) ?? 0,
      cpuShare: measured.report.cpuUs / (measured.report.finishedAtUs - measured.report.startedAtUs),
      unsent,
      due: ledger.count,
      ackMsP50: latency["ack"]?.p50Ms ?? null,
      ackMsP99: latency["ack"]?.p99Ms ?? null,
    }),
    series: seriesOf(ledger, measured.readings),
    notes: [
      ...evidence.notes,
      ...(restart === null
        ? []
        : [
            `MeshHook was killed ${String(Math.round((restart.killedUs - measured.from.atUs) / 1_000))} ms into the window and started again ${String(Math.round((restart.startedUs - restart.killedUs) / 1_000))} ms later.`,
          ]),
    ],
    artifacts: evidence.artifacts,
  };
}

interface Window {
  /** Microseconds of the ledger. */
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Between the two edges; a paced load ends before its second edge is read. */
function windowOf({ load }: Scenario, { report, from, until }: MeasuredLoad): Window {
  const endUs = load.kind === "paced" ? (load.warmupMs + load.durationMs) * 1_000 : Infinity;
  return { fromUs: from.atUs - report.startedAtUs, untilUs: Math.min(endUs, until.atUs - report.startedAtUs) };
}

function isWithin(us: number | undefined, window: Window): boolean {
  return us !== undefined && us >= window.fromUs && us < window.untilUs;
}

/** What happened within the window: each thing by its own instant. */
function countWindow(
  ledger: Ledger,
  runs: readonly RunTimes[],
  window: Window,
): { sent: number; acked: number; completed: number } {
  const counts = { sent: 0, acked: 0, completed: 0 };
  for (let n = 0; n < ledger.count; n += 1) {
    if (isWithin(ledger.sentUs[n], window)) counts.sent += 1;
    if (isWithin(ledger.answeredUs[n], window) && isAccepted(ledger.outcome[n] ?? 0)) counts.acked += 1;
  }
  for (const run of runs) {
    if (run.doneUs !== null && isWithin(run.doneUs - ledger.startedAtUs, window)) counts.completed += 1;
  }
  return counts;
}

/** Latencies of the requests that were due within the window. */
function latenciesOf(evidence: Evidence, window: Window): { readonly [name: string]: LatencySummary } {
  const { ledger } = evidence.measured.report;
  const ack = new LatencyRecorder();
  const service = new LatencyRecorder();
  const done = new LatencyRecorder();
  for (let n = 0; n < ledger.count; n += 1) {
    const intendedUs = ledger.intendedUs[n] ?? 0;
    if (!isWithin(intendedUs, window) || !isAccepted(ledger.outcome[n] ?? 0)) continue;
    ack.record((ledger.answeredUs[n] ?? 0) - intendedUs);
    service.record((ledger.answeredUs[n] ?? 0) - (ledger.sentUs[n] ?? 0));
  }
  for (const run of evidence.runs) {
    const intendedUs = ledger.intendedUs[run.n];
    if (intendedUs !== undefined && run.doneUs !== null && isWithin(intendedUs, window)) {
      done.record(run.doneUs - ledger.startedAtUs - intendedUs);
    }
  }
  return {
    ack: ack.summary(),
    service: service.summary(),
    done: done.summary(),
    ...(evidence.stream === null ? {} : { lag: lagOf(evidence.stream) }),
    ...(evidence.restart === null ? {} : { recovery: recoveryOf(evidence.runs, evidence.restart) }),
  };
}

/** From a last line's own time to its arrival, at every viewer. */
function lagOf(stream: StreamReport): LatencySummary {
  const lag = new LatencyRecorder();
  for (const us of stream.lagUs) lag.record(us);
  return lag.summary();
}

/** From the new process' start to the end of each run that the killed one had accepted and not finished. */
function recoveryOf(
  runs: readonly RunTimes[],
  restart: { readonly killedUs: number; readonly startedUs: number },
): LatencySummary {
  const recovery = new LatencyRecorder();
  for (const run of runs) {
    if (run.ackedUs >= restart.killedUs || (run.doneUs !== null && run.doneUs <= restart.killedUs)) continue;
    if (run.doneUs !== null) recovery.record(run.doneUs - restart.startedUs);
  }
  return recovery.summary();
}

function latenessOf(ledger: Ledger, window: Window): LatencyRecorder {
  const lateness = new LatencyRecorder();
  for (let n = 0; n < ledger.count; n += 1) {
    const [intendedUs, sentUs = -1] = [ledger.intendedUs[n], ledger.sentUs[n]];
    if (intendedUs !== undefined && sentUs >= 0 && isWithin(intendedUs, window)) lateness.record(sentUs - intendedUs);
  }
  return lateness;
}

/** Over the whole load, warm-up included: an error is an error. */
function errorsOf({ measured, stream, audit }: Evidence): { readonly [kind: string]: number } {
  const { ledger } = measured.report;
  const errors: Record<string, number> = {};
  for (let n = 0; n < ledger.count; n += 1) {
    const outcome = ledger.outcome[n] ?? 0;
    if (isAccepted(outcome)) continue;
    const name = outcomeName(outcome);
    errors[name] = (errors[name] ?? 0) + 1;
  }
  if (stream !== null) {
    Object.assign(errors, {
      stream_gap: stream.gaps,
      stream_duplicate: stream.duplicates,
      stream_misordered: stream.misordered,
      stream_missing_end: Math.max(0, audit.finished - stream.endsMin),
      stream_broken: stream.broken,
    });
  }
  return errors;
}

/** Null when nothing was completed. CPU, WAL and commits are those of the window; rows and statements those of the whole load. */
function workPerRun({ measured, audit, segments, activity }: Evidence, completed: number): WorkPerRun | null {
  if (completed === 0 || audit.runs === 0) return null;
  const { from, until } = measured;
  const perRun = (total: number) => total / completed;
  const hot = activity.tables.filter(({ name }) => HOT_TABLES.has(name));
  return {
    statements: activity.statements.reduce((sum, { calls }) => sum + calls, 0) / audit.runs,
    commits: perRun(until.database.writeTransactions - from.database.writeTransactions),
    journalRows: segments / audit.runs,
    hotUpdates: hot.reduce((sum, { updates }) => sum + updates, 0) / audit.runs,
    hotDeletes: hot.reduce((sum, { deletes }) => sum + deletes, 0) / audit.runs,
    walBytes: perRun(until.database.walBytes - from.database.walBytes),
    meshhookCpuMs: perRun(cpuSecondsBetween(from.resources, until.resources, "meshhook") * 1_000),
    postgresCpuMs: perRun(cpuSecondsBetween(from.resources, until.resources, "postgres") * 1_000),
  };
}

/** Tables that get a row per run: they must only ever be inserted into. */
const HOT_TABLES = new Set(["journal", "deduplications", "timers"]);

function firstEffects(effects: readonly Effect[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { runId, atUs } of effects) if (!first.has(runId)) first.set(runId, atUs);
  return first;
}

function countOutcome(ledger: Ledger, wanted: number): number {
  let count = 0;
  for (let n = 0; n < ledger.count; n += 1) if (ledger.outcome[n] === wanted) count += 1;
  return count;
}

function describeLoad(scenario: Scenario, seconds: number, warmupMs: number): LoadDescription {
  const { load } = scenario;
  return {
    model: load.kind === "paced" ? "open" : "closed",
    ratePerSecond: load.kind === "paced" ? load.ratePerSecond : null,
    inFlightMax: load.kind === "paced" ? IN_FLIGHT_MAX : load.senders,
    senders: load.kind === "paced" ? 0 : load.senders,
    durationMs: Math.round(seconds * 1_000),
    warmupMs: Math.round(warmupMs),
    payload: scenario.payload,
    subscribers: scenario.subscribers,
  };
}
