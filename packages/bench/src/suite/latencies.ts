import type { RunTimes } from "../audit/run-times.ts";
import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { StreamReport } from "../load/subscriber/subscribers.ts";
import { LatencyRecorder } from "../measure/latency.ts";
import type { FaultSpan } from "../fault/fault.ts";
import { isRepeat, refusalOf } from "../scenario/deliveries.ts";
import { dueOf } from "../scenario/workflow/due.ts";
import { numberInBlock } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";
import { isWithin, windowsOf } from "./window.ts";
import type { Window } from "./window.ts";

/** Distributions by name. */
export interface Latencies {
  readonly [name: string]: LatencyRecorder;
}

/** Latencies of the requests that were due within the windows; what was not accepted, or did not end, ranks behind them. */
export function recordLatencies(evidence: Evidence): Latencies {
  const windows = windowsOf(evidence);
  const { ledger } = evidence.measured.report;
  const ack = new LatencyRecorder();
  const service = new LatencyRecorder();
  const done = new LatencyRecorder();
  const { deliveries } = evidence.scenario;
  const { list = null, detail = null } = evidence.alongside ?? {};
  let due = 0;
  for (let n = 0; n < ledger.count; n += 1) {
    const intendedUs = ledger.intendedUs[n] ?? 0;
    // What is meant to be refused waits for nothing, and what is sent again becomes no run of its own.
    if (!isWithin(intendedUs, windows) || refusalOf(deliveries, numberInBlock(evidence, n)) !== null) continue;
    if (!isRepeat(deliveries, numberInBlock(evidence, n))) due += 1;
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
    if (intendedUs === undefined || run.doneUs === null || !isWithin(intendedUs, windows)) continue;
    done.record(durablyDoneUs(run.n, { ackedUs: run.ackedUs, doneUs: run.doneUs }, ledger) - intendedUs);
  }
  done.fail(Math.max(0, due - done.count));
  return {
    ack,
    service,
    done,
    ...(evidence.stream === null ? {} : { lag: lagOf(evidence, evidence.stream, windows, due) }),
    ...(list === null ? {} : { list: list.latency }),
    ...(detail === null ? {} : { detail: detail.latency }),
    ...lateOf(evidence, windows, due),
    ...(evidence.faults.length === 0 ? {} : { recovery: recoveryOf(evidence.runs, evidence.faults) }),
  };
}

/**
 * When a run was durably over, in microseconds of the ledger. PostgreSQL stamps a commit just before it flushes it, so a run that ends with
 * its delivery is known to be over when its sender has the answer. The end of a run with calls has no such witness: there it is the
 * stamp, one flush too early.
 */
function durablyDoneUs(n: number, { ackedUs, doneUs }: { ackedUs: number; doneUs: number }, ledger: Ledger): number {
  const stampedUs = doneUs - ledger.startedAtUs;
  const answeredUs = ledger.answeredUs[n] ?? -1;
  return doneUs === ackedUs && isAccepted(ledger.outcome[n] ?? 0) ? Math.max(stampedUs, answeredUs) : stampedUs;
}

/** From the intended send to the last line's arrival, at every viewer: what stalls before the receipt is lag as well. */
function lagOf(evidence: Evidence, stream: StreamReport, windows: readonly Window[], due: number): LatencyRecorder {
  const { ledger } = evidence.measured.report;
  const intendedOf = intendedByRun(evidence);
  const lag = new LatencyRecorder();
  for (const { runId, endUs } of stream.views) {
    const intendedUs = intendedOf.get(runId);
    if (endUs !== null && isWithin(intendedUs, windows)) lag.record(endUs - ledger.startedAtUs - (intendedUs ?? 0));
  }
  lag.fail(Math.max(0, due * stream.viewers - lag.count));
  return lag;
}

/** Of runs that wait for a common time: from that time to their ends. */
function lateOf(evidence: Evidence, windows: readonly Window[], requests: number): Latencies {
  const due = dueOf(evidence.scenario.workflow);
  if (due === null) return {};
  const { ledger } = evidence.measured.report;
  const late = new LatencyRecorder();
  for (const { n, receivedUs, doneUs, movedUs = 0 } of evidence.runs)
    if (doneUs !== null && isWithin(ledger.intendedUs[n], windows))
      late.record(doneUs - movedUs - due.of(receivedUs - movedUs));
  late.fail(Math.max(0, requests - late.count));
  return { late };
}

/** Clocks of processes on one machine differ by less, or the scenario is void. */
const EARLY_US_MIN = 5_000;

/** Runs that wait for a common time and ended before it; null where runs do not wait. */
export function countEarly({ scenario, runs }: Pick<Evidence, "scenario" | "runs">): number | null {
  const due = dueOf(scenario.workflow);
  if (due === null) return null;
  return runs.filter(
    ({ receivedUs, doneUs, movedUs = 0 }) =>
      doneUs !== null && doneUs - movedUs < due.of(receivedUs - movedUs) - EARLY_US_MIN,
  ).length;
}

/** When each run's request was due, in microseconds of the ledger. */
export function intendedByRun({ runs, measured }: Pick<Evidence, "runs" | "measured">): ReadonlyMap<string, number> {
  return new Map(runs.map(({ runId, n }) => [runId, measured.report.ledger.intendedUs[n] ?? -1]));
}

/** From the end of a fault (the start of a new process, for one) to the end of each run that was accepted before that and not finished. */
function recoveryOf(runs: readonly RunTimes[], faults: readonly FaultSpan[]): LatencyRecorder {
  const recovery = new LatencyRecorder();
  for (const { ackedUs, doneUs } of runs) {
    // Of several faults the last one that the run had to survive counts.
    const fault = faults.findLast(({ endedUs }) => ackedUs < endedUs && (doneUs === null || doneUs > endedUs));
    if (fault === undefined) continue;
    if (doneUs === null) recovery.fail();
    else recovery.record(doneUs - fault.endedUs);
  }
  return recovery;
}

/** How late the generator sent what was due within the windows. */
export function latenessOf(ledger: Ledger, windows: readonly Window[]): LatencyRecorder {
  const lateness = new LatencyRecorder();
  for (let n = 0; n < ledger.count; n += 1) {
    const [intendedUs, sentUs = -1] = [ledger.intendedUs[n], ledger.sentUs[n]];
    if (intendedUs !== undefined && sentUs >= 0 && isWithin(intendedUs, windows)) lateness.record(sentUs - intendedUs);
  }
  return lateness;
}

/** The latest that a request was sent, microseconds. */
export function latestUs(ledger: Ledger): number {
  let latest = 0;
  for (let n = 0; n < ledger.count; n += 1) {
    const [intendedUs = 0, sentUs = -1] = [ledger.intendedUs[n], ledger.sentUs[n]];
    if (sentUs >= 0) latest = Math.max(latest, sentUs - intendedUs);
  }
  return latest;
}
