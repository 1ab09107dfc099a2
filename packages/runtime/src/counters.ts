import { LatencyHistogram } from "./latency-histogram.ts";

/** Counters from process start; written by the runtime, read by /metrics. */
export interface Counters {
  readonly durations: {
    /** From the webhook to the end of the run. */
    readonly runs: LatencyHistogram;
    /** From sending a batch to the database's answer. */
    readonly appends: LatencyHistogram;
    /** By how the call ended: `2xx` to `5xx`, or `none` without an answer. */
    readonly calls: { readonly [ending in CallEnding]: LatencyHistogram };
  };
  deliveriesAccepted: number;
  deliveriesDuplicate: number;
  deliveriesShed: number;
  readonly runsFinished: { succeeded: number; failed: number; canceled: number };
  segmentsAppended: number;
  batches: number;
  calls: number;
  callFailures: number;
  takeovers: number;
  fenced: number;
  /** What was to be counted for statistics and was not stored. */
  statisticsDropped: number;
}

export type CallEnding = "2xx" | "3xx" | "4xx" | "5xx" | "none";

export function newCounters(): Counters {
  return {
    durations: {
      runs: new LatencyHistogram(),
      appends: new LatencyHistogram(),
      calls: {
        "2xx": new LatencyHistogram(),
        "3xx": new LatencyHistogram(),
        "4xx": new LatencyHistogram(),
        "5xx": new LatencyHistogram(),
        none: new LatencyHistogram(),
      },
    },
    deliveriesAccepted: 0,
    deliveriesDuplicate: 0,
    deliveriesShed: 0,
    runsFinished: { succeeded: 0, failed: 0, canceled: 0 },
    segmentsAppended: 0,
    batches: 0,
    calls: 0,
    callFailures: 0,
    takeovers: 0,
    fenced: 0,
    statisticsDropped: 0,
  };
}

export function callEnding(status: number): CallEnding {
  return status < 300 ? "2xx" : status < 400 ? "3xx" : status < 500 ? "4xx" : "5xx";
}
