import { firstWhere } from "./first-where.ts";
import { incompleteBeta } from "./incomplete-beta.ts";
import type { Interval } from "./interval.ts";

/** Values in rising order, of which only single ranks are read, so that a histogram serves as well as a sorted list. */
export interface RankedSample {
  /** Samples with a value. */
  readonly count: number;
  /** Samples without one (never answered): they rank behind every value. */
  readonly failed: number;
  /** @param rank  1 for the smallest value, `count` for the largest. */
  readonly valueAtRank: (rank: number) => number;
}

/** An interval of a percentile. */
export interface QuantileInterval extends Omit<Interval, "high"> {
  /** Null when the upper end falls among the samples without a value: there is no upper limit. */
  readonly high: number | null;
}

/**
 * The confidence interval of a percentile without any assumption about the distribution: two ranks between which the true quantile
 * lies, because the number of samples below it is binomial. Units: those of the values.
 *
 * The samples must be independent of each other. Requests of one run are not: one stall delays hundreds of them, so that the
 * interval is too narrow there; use it for one value per run or per independent event.
 *
 * Null where the sample does not carry the percentile: no rank is high (or low) enough for the level, or the estimate itself falls
 * among the failures. The median needs 6 samples for 95 %, p90 needs 36, p99 needs 368.
 *
 * Source: Hahn & Meeker, Statistical Intervals (1991), section 5.2.
 *
 * @param quantile  Above 0 and below 1.
 * @throws RangeError  for a quantile outside that range.
 */
export function quantileInterval(sample: RankedSample, quantile: number, level = 0.95): QuantileInterval | null {
  if (!(quantile > 0 && quantile < 1)) throw new RangeError(`quantile must be above 0 and below 1, got ${quantile}`);
  const all = sample.count + sample.failed;
  const tail = (1 - level) / 2;
  const low = (firstWhere((rank) => probabilityBelow(rank, all, quantile) > tail, all) ?? all + 1) - 1;
  const high = firstWhere((rank) => probabilityBelow(rank, all, quantile) >= 1 - tail, all);
  const estimate = Math.max(1, Math.ceil(Number((quantile * all).toFixed(6))));
  if (low < 1 || high === null || estimate > sample.count) return null;
  return {
    estimate: sample.valueAtRank(estimate),
    low: sample.valueAtRank(low),
    high: high > sample.count ? null : sample.valueAtRank(high),
    level,
    count: all,
  };
}

/** A list of numbers as a ranked sample. */
export function rankedSample(values: readonly number[], failed = 0): RankedSample {
  const sorted = values.toSorted((a, b) => a - b);
  return { count: sorted.length, failed, valueAtRank: (rank) => sorted[rank - 1] ?? Number.NaN };
}

/** The probability that fewer than `rank` of `count` samples lie below the quantile: that the true quantile is below that rank. */
function probabilityBelow(rank: number, count: number, quantile: number): number {
  return incompleteBeta(1 - quantile, count - rank + 1, rank);
}
