import { disagrees, worstChecks } from "../measure/clock-check.ts";
import { outcomesOf } from "../fault/outcome.ts";
import type { FaultOutcome } from "../fault/outcome.ts";
import type { Audit, Roofs, ScenarioResult, Throughput, WorkPerRun } from "../result/result.ts";
import { answersOf, outageOf, wereConnectionsExhausted } from "./answers.ts";
import { judgeBacking } from "./backing.ts";
import { errorsOf } from "./errors.ts";
import type { Evidence } from "./evidence.ts";
import { latenessOf, latestUs, recordLatencies } from "./latencies.ts";
import type { Latencies } from "./latencies.ts";
import { IN_FLIGHT_MAX, UNSENT_AFTER_MS } from "./measured-load.ts";
import { impossibleOrders, orderToleranceUs } from "./order.ts";
import type { ImpossibleOrders } from "./order.ts";
import { hostOf } from "./resources.ts";
import { slowRequestsOf } from "./tail.ts";
import { countWindows, secondsOf, windowsOf } from "./window.ts";
import type { Window } from "./window.ts";
import { memoryGrowth, workPerRun } from "./work.ts";

/** What one block, or several that were joined, show; no verdict yet. */
export interface Figures extends Pick<
  ScenarioResult,
  | "throughput"
  | "errors"
  | "answers"
  | "outage"
  | "episodes"
  | "tail"
  | "clocks"
  | "connections"
  | "memoryGrowthBytesPerSecond"
  | "audit"
  | "work"
  | "roofShare"
  | "generator"
  | "host"
> {
  /** The measured parts, in microseconds of the ledger. */
  readonly windows: readonly Window[];
  readonly latencies: Latencies;
  readonly faultOutcomes: readonly FaultOutcome[];
  readonly latency: ScenarioResult["latency"];
  /** Instants of different processes whose order is impossible, in words; they make times between processes void. */
  readonly impossible: string | null;
  /** Whether requests stayed unsent because the generator stood still, and not because every connection was taken. */
  readonly isUnsentByGenerator: boolean;
}

/** Turns the evidence into figures. Pure. */
export function figuresOf(evidence: Evidence): Figures {
  const { scenario, measured, runs } = evidence;
  const { ledger } = measured.report;
  const windows = windowsOf(evidence);
  const seconds = secondsOf(windows);
  const inWindow = countWindows(ledger, runs, windows);
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
    completedPerSecond: inWindow.completed / seconds,
    ...inWindow,
  };
  // Starting a process again is work as well, but no run's: under a fault the work per run would say nothing.
  const isCounted = scenario.faults.length === 0 && scenario.alongside.length === 0 && evidence.isRemote !== true;
  const work = isCounted ? workPerRun(evidence) : null;
  const latencies = recordLatencies(evidence);
  const latency = Object.fromEntries(Object.entries(latencies).map(([name, recorder]) => [name, recorder.summary()]));
  const answers = answersOf(evidence);
  const faultOutcomes = outcomesOf(ledger, evidence.faults, { isClosed: scenario.load.kind === "saturating" });
  return {
    windows,
    latencies,
    latency,
    throughput: audit.isClean ? rates : null,
    errors: errorsOf(evidence),
    answers,
    outage: outageOf(faultOutcomes),
    faultOutcomes,
    ...slowRequestsOf(evidence),
    clocks,
    impossible: areClocksKnown ? orders.ofUnknownClock : orders.all,
    connections: {
      reopened: measured.report.reopened ?? null,
      reopenedToTarget: evidence.reopenedToTarget ?? null,
    },
    memoryGrowthBytesPerSecond: scenario.faults.length === 0 ? memoryGrowth(evidence) : null,
    audit,
    work,
    roofShare:
      scenario.load.kind === "saturating" && audit.isClean && evidence.isRemote !== true
        ? roofShareOf(evidence.roofs, rates, work)
        : null,
    generator: backingOf(evidence, { seconds, sent: inWindow.sent, answers, latency }),
    host: hostOf(evidence),
    // A generator that stalled sends the requests it did not give up late, and had free connections for them. k6 drops at once.
    isUnsentByGenerator:
      answers.unsent > 0 &&
      (measured.report.driver !== undefined || latestUs(ledger) > (UNSENT_AFTER_MS * 1_000) / 2) &&
      !wereConnectionsExhausted(
        ledger,
        IN_FLIGHT_MAX,
        measured.report.driver === undefined ? UNSENT_AFTER_MS * 1_000 : 0,
      ),
  };
}

function roofShareOf(
  roofs: Roofs,
  { completedPerSecond }: Throughput,
  work: WorkPerRun | null,
): ScenarioResult["roofShare"] {
  // A benchmark may be stopped before they are measured.
  if (Math.min(roofs.rawHttpPerSecond, roofs.copyRowsPerSecond, roofs.commitsPerSecond) <= 0) return null;
  return {
    rawHttp: completedPerSecond / roofs.rawHttpPerSecond,
    copyRows: (completedPerSecond * (work?.journalRows ?? 0)) / roofs.copyRowsPerSecond,
    commits: (completedPerSecond * (work?.commits ?? 0)) / roofs.commitsPerSecond,
  };
}

function backingOf(
  evidence: Evidence,
  of: Pick<ScenarioResult, "answers" | "latency"> & { readonly seconds: number; readonly sent: number },
): ScenarioResult["generator"] {
  const { report } = evidence.measured;
  const lateness = latenessOf(report.ledger, windowsOf(evidence));
  return judgeBacking({
    calibration: report.driver === undefined ? evidence.calibration : null,
    model: evidence.scenario.load.kind === "saturating" ? "closed" : "open",
    sentPerSecond: of.sent / of.seconds,
    latenessMsP99: lateness.percentileMs(99) ?? 0,
    latenessMsMean: lateness.meanMs,
    cpuShare: report.cpuUs / (report.finishedAtUs - report.startedAtUs),
    unsent: of.answers.unsent,
    due: report.ledger.count,
    ackMsMean: of.latency["ack"]?.meanMs ?? null,
    ackMsP99: of.latency["ack"]?.p99Ms ?? null,
  });
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
