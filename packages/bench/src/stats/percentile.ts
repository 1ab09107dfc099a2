/**
 * Number of samples needed before a percentile means something: at least ten lie beyond it.
 *
 * Definition: `ceil(10 / (1 − q))` for the quantile `q`, so 20 for the median, 1 000 for p99, 10 000 for p99.9.
 * A rule of thumb, not a theorem: below it, the printed figure is one of the few largest samples and repeats badly.
 *
 * @param quantile  0 ≤ q < 1.
 * @throws RangeError outside that range.
 */
export function samplesNeededFor(quantile: number): number {
  if (!(quantile >= 0 && quantile < 1))
    throw new RangeError(`quantile must be at least 0 and below 1, got ${quantile}`);
  // 10 / (1 - 0.9) is 100.00000000000001 in floating point; rounding first keeps 100.
  return Math.ceil(Number((10 / (1 - quantile)).toFixed(6)));
}

/** Tells whether `count` samples carry the quantile `q` (see `samplesNeededFor`). No samples carry nothing. */
export function isCarriedBy(count: number, quantile: number): boolean {
  return count >= samplesNeededFor(quantile);
}
