import { PAIRS_MIN } from "./comparison.ts";
import { firstWhere } from "./first-where.ts";
import { studentCritical } from "./student-t.ts";

export interface PowerOptions {
  /** Standard deviation of ln(candidate ÷ baseline) between pairs; √2 times the coefficient of variation of single runs, or less. */
  readonly spread: number;
  /** Smallest change that anyone would act on, as the comparison will use it. */
  readonly minimumEffect: number;
  /** Figures that are compared at once; 1 when absent. */
  readonly family?: number;
  /** Chance to find the change; 0.9 when absent. */
  readonly power?: number;
}

const PAIRS_MAX = 100_000;

/**
 * About how many pairs are needed to call a change of `effect` (0.1 reads 10 %) better or worse; null when it is not larger than the
 * minimum effect, or when more than 100 000 would be needed. Approximates the noncentral t distribution by a shifted one.
 *
 * Source: Hoefler & Belli, Scientific Benchmarking of Parallel Computing Systems (SC 2015), on choosing n from the spread.
 */
export function pairsNeededFor(effect: number, options: PowerOptions): number | null {
  const wanted = Math.log1p(effect);
  return firstWhere((pairs) => pairs >= PAIRS_MIN && foundWith(pairs, options) <= wanted, PAIRS_MAX);
}

/** The smallest change that so many pairs would find with the wanted chance, as a share: 0.1 reads 10 %. Infinite below 4 pairs. */
export function detectableEffect(pairs: number, options: PowerOptions): number {
  return pairs < PAIRS_MIN ? Infinity : Math.expm1(foundWith(pairs, options));
}

/** The same as a logarithm. */
function foundWith(pairs: number, { spread, minimumEffect, family = 1, power = 0.9 }: PowerOptions): number {
  const t = studentCritical(0.025 / family, pairs - 1) + studentCritical(1 - power, pairs - 1);
  return Math.log1p(minimumEffect) + (t * spread) / Math.sqrt(pairs);
}
