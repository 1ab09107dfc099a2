import type { RunTimes } from "../audit/run-times.ts";
import { isAccepted, outcomeName } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import { payloadText } from "../load/payload.ts";
import type { Effect } from "../load/sink/sink.ts";
import type { StreamReport } from "../load/subscriber/subscribers.ts";
import { disagrees, worstChecks } from "../measure/clock-check.ts";
import { findEpisodes } from "../measure/episodes.ts";
import type { TimedRequest } from "../measure/episodes.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import { cpuSecondsBetween, hostResourcesBetween, resourcesBetween } from "../measure/resource-sampler.ts";
import type { WitnessReport } from "../measure/witness.ts";
import type {
  Audit,
  Calibration,
  ClockCheck,
  DatabaseActivity,
  Episodes,
  LatencySummary,
  LoadDescription,
  Roofs,
  ScenarioResult,
  WorkPerRun,
} from "../result/result.ts";
import type { AlongsideReport } from "../scenario/alongside/alongside.ts";
import { isRepeat, refusalOf } from "../scenario/deliveries.ts";
import { isEven } from "../scenario/load.ts";
import { judge } from "../scenario/threshold.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { standardThresholds } from "../scenario/standard.ts";
import { medianSlope } from "../stats/index.ts";
import { answersOf, outageOf, wereConnectionsExhausted } from "./answers.ts";
import type { Restart } from "./answers.ts";
import { judgeBacking } from "./backing.ts";
import { disturbancesOf } from "./disturbance.ts";
import type { Durability } from "./durability.ts";
import { IN_FLIGHT_MAX, UNSENT_AFTER_MS } from "./measured-load.ts";
import type { MeasuredLoad } from "./measured-load.ts";
import { impossibleOrders, orderToleranceUs } from "./order.ts";
import type { ImpossibleOrders } from "./order.ts";
import { phasesOf } from "./phases.ts";
import { seriesOf } from "./series.ts";
import { reasonsOf, verdictOf } from "./verdict.ts";

/** Everything a scenario left behind. Optional parts may be missing; nothing that depends on them is judged then. */
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
  readonly restart: Restart | null;
  /** What happened beside the load. */
  readonly alongside?: AlongsideReport;
  readonly calibration: Calibration;
  readonly roofs: Roofs;
  /** CPU of a bare node:http server for one request; null when it was not measured. */
  readonly rawHttpCpuUs: number | null;
  readonly notes: readonly string[];
  readonly artifacts: readonly string[];
  /** Whether PostgreSQL's table counters had caught up with the journal at both readings. */
  readonly areCountersSettled?: boolean;
  /** From the first to the second reading of those counters. */
  readonly activityMs?: number;
  /** All statements of MeshHook's, those that `activity` lists and the rest. */
  readonly statements?: number;
  readonly witness?: WitnessReport;
  readonly canary?: { readonly ms: number; readonly bestMs: number };
  readonly idleFlushMs?: number | null;
  readonly cores?: number;
  readonly clocks?: readonly ClockCheck[];
  readonly durability?: Pick<Durability, "fsync" | "synchronousCommit">;
  /** Connections to the target beyond those that were open at the same time. */
  readonly reopenedToTarget?: number;
  /** What the target of calls took beyond its delay, 99th percentile, milliseconds. */
  readonly targetExtraMsP99?: number;
}

/** Turns the evidence into figures and a verdict. Pure. */
export function evaluateScenario(evidence: Evidence): ScenarioResult {
  const { scenario, measured, runs, restart } = evidence;
  const { ledger } = measured.report;
  const window = windowOf(scenario, measured);
  const seconds = (window.untilUs - window.fromUs) / 1e6;
  const inWindow = countWindow(ledger, runs, window);
  const completed = inWindow.completed;
  const clocks = worstChecks([...(evidence.clocks ?? []), ...(measured.clocks ?? [])]);
  const orders = impossibleOrders({
    ledger,
    runs,
    effects: evidence.effects,
    lastLineUs: evidence.stream?.lastLineUs ?? null,
    toleranceUs: orderToleranceUs(clocks),
  });
  // Clocks that were compared and agree leave one explanation for an answer before its commit.
  const areClocksKnown = clocks.length > 0 && !clocks.some(disagrees);
  const audit = areClocksKnown ? withOrders(evidence.audit, orders) : evidence.audit;
  const rates = {
    ackedPerSecond: inWindow.acked / seconds,
    completedPerSecond: completed / seconds,
    sent: inWindow.sent,
    acked: inWindow.acked,
    completed,
  };
  // Starting a process again is work as well, but no run's: under a fault the work per run would say nothing.
  const work = scenario.faults.length === 0 && scenario.alongside.length === 0 ? workPerRun(evidence) : null;
  const latency = latenciesOf(evidence, window);
  const lateness = latenessOf(ledger, window);
  const isSaturating = scenario.load.kind === "saturating";
  const answers = answersOf(ledger, scenario, restart);
  const host = hostResourcesBetween(measured.from.resources, measured.until.resources);
  const episodes = episodesOf(evidence);
  const connections = {
    reopened: measured.report.reopened ?? null,
    reopenedToTarget: evidence.reopenedToTarget ?? null,
  };
  const memoryGrowthBytesPerSecond = scenario.faults.length === 0 ? memoryGrowth(measured, window) : null;
  const figures = {
    throughput: audit.isClean ? rates : null,
    latency,
    errors: errorsOf(evidence),
    answers,
    outage: outageOf(ledger, restart),
    episodes,
    connections,
    memoryGrowthBytesPerSecond,
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
  const standard = standardThresholds(scenario, {
    hasWork: work !== null && hasOwnTimestamps(measured),
    idleStatementsPerRun: (IDLE_STATEMENTS_PER_SECOND * ((evidence.activityMs ?? 0) / 1_000)) / Math.max(1, audit.runs),
    hasCheckpoint: evidence.activity.checkpoints > 0,
    hasMemory: memoryGrowthBytesPerSecond !== null,
    requests: ledger.count,
    calls: audit.effects,
    hasConnections: connections.reopened !== null,
    hasTargetConnections: connections.reopenedToTarget !== null,
  });
  const thresholds = judge([...scenario.thresholds, ...standard], figures);
  const disturbances = disturbancesOf({
    host,
    isSaturating,
    ownCores: ownCores(measured),
    cores: evidence.cores ?? null,
    checkpoints: evidence.activity.checkpoints,
    targetExtraMsP99: evidence.targetExtraMsP99 ?? null,
    witness: evidence.witness ?? null,
    canary: evidence.canary ?? null,
    idleFlushMs: evidence.idleFlushMs ?? null,
    rawHttpCpuUs: evidence.rawHttpCpuUs,
  });
  const generator = judgeBacking({
    calibration: evidence.calibration,
    model: isSaturating ? "closed" : "open",
    sentPerSecond: inWindow.sent / seconds,
    latenessMsP99: lateness.percentileMs(99) ?? 0,
    latenessMsMean: lateness.meanMs,
    cpuShare: measured.report.cpuUs / (measured.report.finishedAtUs - measured.report.startedAtUs),
    unsent: answers.unsent,
    due: ledger.count,
    ackMsMean: latency["ack"]?.meanMs ?? null,
    ackMsP99: latency["ack"]?.p99Ms ?? null,
  });
  const reasons = reasonsOf({
    audit,
    answers,
    thresholds,
    episodes,
    disturbances,
    clocks,
    impossible: areClocksKnown ? orders.ofUnknownClock : orders.all,
    durability:
      evidence.durability === undefined
        ? null
        : { ...evidence.durability, flushesPerCommit: flushesPerCommit(evidence, scenario) },
    generator,
    latency,
    // A generator that stalled sends the requests it did not give up late, and had free connections for them.
    isUnsentByGenerator:
      answers.unsent > 0 &&
      latestUs(ledger) > (UNSENT_AFTER_MS * 1_000) / 2 &&
      !wereConnectionsExhausted(ledger, IN_FLIGHT_MAX, UNSENT_AFTER_MS * 1_000),
  });
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question,
    group: scenario.group,
    load: describeLoad(scenario, seconds, window.fromUs / 1_000),
    startedAtMs: evidence.startedAtMs,
    durationMs: Date.now() - evidence.startedAtMs,
    status: verdictOf(reasons),
    reasons,
    ...figures,
    disturbances,
    clocks,
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
    generator,
    series: seriesOf(ledger, measured.readings),
    notes: [
      ...evidence.notes,
      ...(restart === null || figures.outage === null
        ? []
        : [
            `MeshHook was killed ${String(Math.round((restart.killedUs - ledger.startedAtUs - window.fromUs) / 1_000))} ms into the measured window and started again ${String(Math.round(figures.outage.downMs))} ms later. Clients saw an outage of ${String(Math.round(figures.outage.clientsMs))} ms, during which ${String(figures.outage.failedRequests)} requests failed.`,
          ]),
    ],
    artifacts: evidence.artifacts,
  };
}

/** Heartbeats, shards, timers: the statements MeshHook sends without a webhook. */
const IDLE_STATEMENTS_PER_SECOND = 3;

interface Window {
  /** Microseconds of the ledger. */
  readonly fromUs: number;
  readonly untilUs: number;
}

/**
 * By intended time, and fixed before anything in it can be late: a paced load's by its plan, a saturating one's from the instant at
 * which its warm-up was found to be over.
 */
function windowOf({ load }: Scenario, { report, from, until, window }: MeasuredLoad): Window {
  if (load.kind === "paced") {
    const fromUs = load.warmupMs * 1_000;
    return { fromUs, untilUs: fromUs + load.durationMs * 1_000 };
  }
  return window ?? { fromUs: from.atUs - report.startedAtUs, untilUs: until.atUs - report.startedAtUs };
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

/** Latencies of the requests that were due within the window; what was not accepted, or did not end, ranks behind them. */
function latenciesOf(evidence: Evidence, window: Window): { readonly [name: string]: LatencySummary } {
  const { ledger } = evidence.measured.report;
  const { deliveries } = evidence.scenario;
  const list = evidence.alongside?.list ?? null;
  const ack = new LatencyRecorder();
  const service = new LatencyRecorder();
  const done = new LatencyRecorder();
  let due = 0;
  for (let n = 0; n < ledger.count; n += 1) {
    const intendedUs = ledger.intendedUs[n] ?? 0;
    // What is meant to be refused waits for nothing, and what is sent again becomes no run of its own.
    if (!isWithin(intendedUs, window) || refusalOf(deliveries, n) !== null) continue;
    if (!isRepeat(deliveries, n)) due += 1;
    if (isAccepted(ledger.outcome[n] ?? 0)) {
      ack.record((ledger.answeredUs[n] ?? 0) - intendedUs);
      service.record((ledger.answeredUs[n] ?? 0) - (ledger.sentUs[n] ?? 0));
    } else {
      ack.fail();
      service.fail();
    }
  }
  for (const run of evidence.runs) {
    const intendedUs = ledger.intendedUs[run.n];
    if (intendedUs !== undefined && run.doneUs !== null && isWithin(intendedUs, window)) {
      done.record(run.doneUs - ledger.startedAtUs - intendedUs);
    }
  }
  done.fail(Math.max(0, due - done.count));
  return {
    ack: ack.summary(),
    service: service.summary(),
    done: done.summary(),
    ...(list === null ? {} : { list: list.latency }),
    ...(evidence.stream === null ? {} : { lag: lagOf(evidence, evidence.stream, window, due) }),
    ...(evidence.restart === null ? {} : { recovery: recoveryOf(evidence.runs, evidence.restart) }),
  };
}

/** From the intended send to the last line's arrival, at every viewer: what stalls before the receipt is lag as well. */
function lagOf(evidence: Evidence, stream: StreamReport, window: Window, due: number): LatencySummary {
  const { ledger } = evidence.measured.report;
  const intendedOf = intendedByRun(evidence);
  const lag = new LatencyRecorder();
  for (const { runId, endUs } of stream.views) {
    const intendedUs = intendedOf.get(runId);
    if (endUs !== null && isWithin(intendedUs, window)) lag.record(endUs - ledger.startedAtUs - (intendedUs ?? 0));
  }
  lag.fail(Math.max(0, due * stream.viewers - lag.count));
  return lag.summary();
}

function intendedByRun({ runs, measured }: Evidence): ReadonlyMap<string, number> {
  return new Map(runs.map(({ runId, n }) => [runId, measured.report.ledger.intendedUs[n] ?? -1]));
}

/** The whole load counts: a stall in the warm-up is a stall. Its first second is not: connections and compiled code come then. */
function episodesOf(evidence: Evidence): Episodes {
  const { ledger } = evidence.measured.report;
  const { stream, witness } = evidence;
  const requests: TimedRequest[] = [];
  const stalls =
    witness?.stalls.map(({ fromUs, untilUs }) => ({
      fromUs: fromUs - ledger.startedAtUs,
      untilUs: untilUs - ledger.startedAtUs,
    })) ?? null;
  if (stream === null) {
    for (let n = 0; n < ledger.count; n += 1) {
      const [intendedUs = 0, sentUs = -1, answeredUs = -1] = [
        ledger.intendedUs[n],
        ledger.sentUs[n],
        ledger.answeredUs[n],
      ];
      // A quick refusal is not a stall, and a request that was never sent does not say how long it would have taken.
      if (intendedUs < SETTLING_US || sentUs < 0) continue;
      requests.push({ intendedUs, latencyUs: answeredUs < 0 ? Infinity : answeredUs - intendedUs });
    }
    return findEpisodes({ of: "ack", requests, stalls });
  }
  const intendedOf = intendedByRun(evidence);
  for (const [runId, endUs] of stream.lastLineUs) {
    const intendedUs = intendedOf.get(runId);
    if (intendedUs === undefined || intendedUs < SETTLING_US) continue;
    requests.push({ intendedUs, latencyUs: endUs - ledger.startedAtUs - intendedUs });
  }
  requests.sort((a, b) => a.intendedUs - b.intendedUs);
  return findEpisodes({ of: "lag", requests, stalls });
}

const SETTLING_US = 1_000_000;

/** From the new process' start to the end of each run that the killed one had accepted and not finished. */
function recoveryOf(runs: readonly RunTimes[], restart: Restart): LatencySummary {
  const recovery = new LatencyRecorder();
  for (const run of runs) {
    if (run.ackedUs >= restart.killedUs || (run.doneUs !== null && run.doneUs <= restart.killedUs)) continue;
    if (run.doneUs === null) recovery.fail();
    else recovery.record(run.doneUs - restart.startedUs);
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

function latestUs(ledger: Ledger): number {
  let latest = 0;
  for (let n = 0; n < ledger.count; n += 1) {
    const [intendedUs = 0, sentUs = -1] = [ledger.intendedUs[n], ledger.sentUs[n]];
    if (sentUs >= 0) latest = Math.max(latest, sentUs - intendedUs);
  }
  return latest;
}

/** What MeshHook's processes gained per second of the window. */
function memoryGrowth({ readings, report }: MeasuredLoad, window: Window): number | null {
  const points = readings.flatMap(({ atUs, processes }) => {
    const bytes = processes.get("meshhook")?.rssBytes;
    return bytes === undefined || !isWithin(atUs - report.startedAtUs, window) ? [] : [[atUs / 1e6, bytes] as const];
  });
  return medianSlope(points);
}

/** Cores that everybody who took part used within the window; null when nobody was watched. */
function ownCores({ readings, from, until }: MeasuredLoad): number | null {
  const resources = resourcesBetween(readings, from.resources, until.resources);
  const seconds = (until.resources.atUs - from.resources.atUs) / 1e6;
  if (resources.length === 0 || seconds <= 0) return null;
  return resources.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / seconds;
}

/** Null where flushes are shared or not counted. */
function flushesPerCommit({ activity, audit }: Evidence, { load, faults, alongside }: Scenario): number | null {
  if (
    load.kind !== "paced" ||
    !isEven(load) ||
    faults.length + alongside.length > 0 ||
    typeof activity.walFlushes !== "number" ||
    audit.runs < 100
  )
    return null;
  return activity.walFlushes / audit.runs;
}

function withOrders(audit: Audit, orders: ImpossibleOrders): Audit {
  if (orders.beforeCommit === 0) return audit;
  return {
    ...audit,
    isClean: false,
    beforeCommit: orders.beforeCommit,
    details: [...orders.beforeCommitDetails, ...audit.details],
  };
}

/** Over the whole load, including the warm-up. */
function errorsOf({ scenario, measured, stream, audit, runs, alongside }: Evidence): {
  readonly [kind: string]: number;
} {
  const { ledger } = measured.report;
  const errors: Record<string, number> = {};
  for (let n = 0; n < ledger.count; n += 1) {
    const outcome = ledger.outcome[n] ?? 0;
    if (isAccepted(outcome) || outcome === refusalOf(scenario.deliveries, n)) continue;
    const name = outcomeName(outcome);
    errors[name] = (errors[name] ?? 0) + 1;
  }
  const { list = null, neighbour = null } = alongside ?? {};
  if (list !== null) errors["list_failed"] = list.failed;
  if (neighbour !== null) errors["neighbour_failed"] = neighbour.failed;
  if (stream !== null) Object.assign(errors, streamFaults(stream, runs, audit));
  return errors;
}

/** Each viewer must see each run of the scenario from its first line to its last, and in order. */
function streamFaults(
  stream: StreamReport,
  runs: readonly RunTimes[],
  audit: Audit,
): { readonly [kind: string]: number } {
  const known = new Set(runs.map(({ runId }) => runId));
  const sums = { gap: stream.announcedGaps, duplicate: 0, misordered: 0, ends: 0 };
  for (const view of stream.views) {
    if (!known.has(view.runId)) continue;
    sums.gap += view.gaps;
    sums.duplicate += view.duplicates;
    sums.misordered += view.misordered;
    if (view.endUs !== null) sums.ends += 1;
  }
  return {
    stream_gap: sums.gap,
    stream_duplicate: sums.duplicate,
    stream_misordered: sums.misordered,
    stream_missing_end: Math.max(0, audit.finished * stream.viewers - sums.ends),
    stream_broken: stream.broken,
  };
}

/**
 * Null when nothing was completed. Each counter is divided by the runs of its own stretch of time: transactions and log by those that
 * ended between its two readings, CPU by those between the readings of `/proc`, rows and statements by all of the load.
 */
function workPerRun(evidence: Evidence): WorkPerRun | null {
  const { measured, audit, segments, activity, runs } = evidence;
  const { from, until } = measured;
  const endedBetween = (fromUs: number, untilUs: number) =>
    runs.filter(({ doneUs }) => doneUs !== null && doneUs >= fromUs && doneUs < untilUs).length;
  const counted = endedBetween(from.database.atUs ?? from.atUs, until.database.atUs ?? until.atUs);
  const billed = endedBetween(from.resources.atUs, until.resources.atUs);
  if (counted === 0 || billed === 0 || audit.runs === 0) return null;
  const hot = activity.tables.filter(({ name }) => HOT_TABLES.has(name));
  const inserts = activity.tables.find(({ name }) => name === "journal")?.inserts ?? 0;
  const statements = evidence.statements ?? activity.statements.reduce((sum, { calls }) => sum + calls, 0);
  const commits = (until.database.writeTransactions - from.database.writeTransactions) / counted;
  const cpuMs = (name: string) => (cpuSecondsBetween(from.resources, until.resources, name) * 1_000) / billed;
  return {
    statements: statements / audit.runs,
    statementsPerCommit: commits === 0 ? null : statementsPerCommit(evidence, commits),
    commits,
    journalRows: segments / audit.runs,
    journalRowsUndone: evidence.areCountersSettled === true ? (inserts - segments) / audit.runs : null,
    hotUpdates: hot.reduce((sum, { updates }) => sum + updates, 0) / audit.runs,
    hotDeletes: hot.reduce((sum, { deletes }) => sum + deletes, 0) / audit.runs,
    walBytes: (until.database.walBytes - from.database.walBytes) / counted,
    meshhookCpuMs: cpuMs("meshhook"),
    postgresCpuMs: cpuMs("postgres"),
  };
}

/** Without those that the passing of time causes. */
function statementsPerCommit(evidence: Evidence, commitsPerRun: number): number {
  const all = evidence.statements ?? evidence.activity.statements.reduce((sum, { calls }) => sum + calls, 0);
  const idle = IDLE_STATEMENTS_PER_SECOND * ((evidence.activityMs ?? 0) / 1_000);
  return Math.max(0, all - idle) / (commitsPerRun * evidence.audit.runs);
}

/** Without a timestamp of its own a counter may belong to another stretch than the runs that it is divided by. */
function hasOwnTimestamps({ from, until }: MeasuredLoad): boolean {
  return from.database.atUs !== undefined && until.database.atUs !== undefined;
}

/** Tables that get a row per run: they must only ever be inserted into. */
const HOT_TABLES = new Set(["journal", "deduplications", "timers"]);

function firstEffects(effects: readonly Effect[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { runId, atUs } of effects) if (!first.has(runId)) first.set(runId, atUs);
  return first;
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
    payload: payloadText(scenario.payload),
    subscribers: scenario.subscribers,
  };
}
