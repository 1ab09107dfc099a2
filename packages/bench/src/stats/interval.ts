/** A figure with the range that its data allow. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Confidence level, as in 0.95. */
  readonly level: number;
  /** Runs or pairs that it rests on. */
  readonly count: number;
}

/**
 * Half the width of an interval, relative to its estimate. No unit; 0.05 reads "± 5 %". An estimate of zero gives infinity, unless
 * the interval has no width.
 */
export function relativeHalfWidth({ estimate, low, high }: Interval): number {
  return high === low ? 0 : (high - low) / 2 / Math.abs(estimate);
}
