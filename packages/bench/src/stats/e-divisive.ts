/** Where a series is most likely to change. */
export interface SplitCandidate {
  /** Index of the first value after the change. */
  readonly index: number;
  /** How far the two sides differ, in units of the values times their number. */
  readonly divergence: number;
}

/**
 * Finds the place where a series differs most between its two sides: the E-divisive statistic.
 *
 * Definition: for every split and every end of its right side, twice the mean distance between the sides, less the mean distance
 * within each, times n·m ÷ (n + m). The right side may end before the series does, so that a later change does not hide this one.
 * Nothing is assumed about the distribution.
 *
 * Fewer than two values give null. Cost: quadratic in the values.
 *
 * Source: Matteson & James, A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data (JASA 2014), with α = 1.
 */
export function bestSplit(values: readonly number[]): SplitCandidate | null {
  const distances = values.map((value) => {
    let sum = 0;
    // The sum of the distances to the first k values.
    return [0, ...values.map((other) => (sum += Math.abs(other - value)))];
  });
  /** The sum of the distances from the value at `end` to those from `from` up to it. */
  const toEarlier = (from: number, end: number) => (distances[end]?.[end] ?? 0) - (distances[end]?.[from] ?? 0);
  /** The sum of the distances between all of the first k values. */
  const within = [0];
  for (let end = 0; end < values.length; end++) within.push((within[end] ?? 0) + toEarlier(0, end));

  let best: SplitCandidate | null = null;
  for (let split = 1; split < values.length; split++) {
    const left = within[split] ?? 0;
    let right = 0;
    for (let end = split + 1; end <= values.length; end++) {
      right += toEarlier(split, end - 1);
      const [n, m] = [split, end - split];
      const between = (within[end] ?? 0) - left - right;
      const divergence = ((n * m) / (n + m)) * ((2 * between) / (n * m) - meanOfPairs(left, n) - meanOfPairs(right, m));
      if (best === null || divergence > best.divergence) best = { index: split, divergence };
    }
  }
  return best;
}

function meanOfPairs(sum: number, count: number): number {
  return count < 2 ? 0 : (2 * sum) / (count * (count - 1));
}
