/** Counters from process start; written by the runtime, read by /metrics. */
export interface Counters {
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

export function newCounters(): Counters {
  return {
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
