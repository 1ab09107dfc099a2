import { isAccepted } from "../load/ledger.ts";
import { medianSlope } from "../stats/index.ts";
import type { Evidence } from "./evidence.ts";
import { secondsOf, windowsOf } from "./window.ts";

/** How what is due and not over changes within a block. */
export interface BacklogGrowth {
  /** Webhooks a second; negative where they became fewer. */
  readonly perSecond: number;
  readonly isFlat: boolean;
}

/** Instants at which it is looked at. */
const LOOKS = 20;
/** Growth that is chance: of the rate, and in all over a block. */
const SHARE_MAX = 0.02;
const WEBHOOKS_MAX = 10;

/**
 * How many more webhooks are due and not over, from second to second of the measured part. A webhook is over when its run has ended, or
 * when it was refused; until then it waits somewhere: at its sender, in a queue, or in a run. The slope is the median of those between any
 * two instants, so that one stall does not count as growth.
 */
export function backlogGrowth(evidence: Evidence): BacklogGrowth {
  const { ledger } = evidence.measured.report;
  const doneUs = new Map(evidence.runs.map((run) => [run.n, run.doneUs]));
  const due = Float64Array.from(ledger.intendedUs.subarray(0, ledger.count)).sort();
  const over = Float64Array.from({ length: ledger.count }, (_, n) => {
    if (!isAccepted(ledger.outcome[n] ?? 0)) {
      const answeredUs = ledger.answeredUs[n] ?? -1;
      return answeredUs < 0 ? Infinity : answeredUs;
    }
    const done = doneUs.get(n) ?? null;
    return done === null ? Infinity : done - ledger.startedAtUs;
  }).sort();
  const windows = windowsOf(evidence);
  const points = windows.flatMap(({ fromUs, untilUs }) =>
    Array.from({ length: LOOKS }, (_, look) => {
      const us = fromUs + ((look + 0.5) * (untilUs - fromUs)) / LOOKS;
      return [us / 1e6, countUntil(due, us) - countUntil(over, us)] as const;
    }),
  );
  const perSecond = medianSlope(points) ?? 0;
  const seconds = secondsOf(windows);
  const [first, last] = [windows[0]?.fromUs ?? 0, windows.at(-1)?.untilUs ?? 0];
  const ratePerSecond = (countUntil(due, last) - countUntil(due, first)) / seconds;
  return { perSecond, isFlat: perSecond <= Math.max(SHARE_MAX * ratePerSecond, WEBHOOKS_MAX / seconds) };
}

/** How many of the sorted values are at most this. */
function countUntil(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
