import { mean } from "simple-statistics";
import { bootstrapInterval, RUNS_MIN_FOR_INTERVAL } from "./bootstrap.ts";
import type { Interval } from "./bootstrap.ts";

export type Verdict = "better" | "same" | "worse" | "inconclusive";

/** How one variant relates to another. */
export interface Comparison {
  readonly verdict: Verdict;
  /** Candidate over baseline, with its interval; null with too few pairs. */
  readonly ratio: Interval | null;
  /** About how many pairs more would decide; null when decided, or when there is nothing to extrapolate from. */
  readonly pairsMissing: number | null;
}

/** One baseline run and the candidate run beside it in time. */
export interface Pair {
  readonly baseline: number;
  readonly candidate: number;
}

export interface ComparisonOptions {
  readonly seed: number;
  /** Which way is good: latency `lower`, throughput `higher`. */
  readonly isBetter: "lower" | "higher";
  /** Smallest ratio off 1 that anyone would act on; 0.05 when absent. */
  readonly minimumEffect?: number;
}

/**
 * Compares two variants that ran in interleaved pairs.
 *
 * Definition: the geometric mean of candidate ÷ baseline per pair, with a seeded bootstrap interval over pairs. With
 * the band of `1 ± minimumEffect`:
 * - the whole interval beyond the band: `better` or `worse`;
 * - the whole interval inside the band: `same` (equivalence, not "no difference found");
 * - anything else, or fewer than 5 pairs: `inconclusive`, with about how many pairs more would do.
 *
 * Values must be above zero. Unit: none (a ratio). No pairs give `inconclusive`.
 *
 * Source: ratios and effect sizes: Kalibera & Jones, Rigorous Benchmarking in Reasonable Time (ISMM 2013); pairs on a
 * shared machine: Bulej et al., Duet Benchmarking (ICPE 2020).
 *
 * @throws RangeError  for a value that is not above zero, with its pair.
 */
export function comparePairs(pairs: readonly Pair[], options: ComparisonOptions): Comparison {
  const { seed, isBetter, minimumEffect = 0.05 } = options;
  const logs = pairs.map(({ baseline, candidate }, index) => {
    if (!(baseline > 0 && candidate > 0)) {
      throw new RangeError(`pair ${index} holds ${baseline} and ${candidate}; both must be above zero`);
    }
    return Math.log(candidate / baseline);
  });
  const ratio = bootstrapInterval(logs, (values) => Math.exp(mean([...values])), { seed });
  if (ratio === null) {
    return { verdict: "inconclusive", ratio, pairsMissing: RUNS_MIN_FOR_INTERVAL - pairs.length };
  }
  const verdict = judge(ratio, isBetter, minimumEffect);
  return { verdict, ratio, pairsMissing: verdict === "inconclusive" ? pairsMissingFor(ratio, minimumEffect) : null };
}

function judge(ratio: Interval, isBetter: "lower" | "higher", minimumEffect: number): Verdict {
  const floor = 1 - minimumEffect;
  const ceiling = 1 + minimumEffect;
  if (ratio.high < floor) return isBetter === "lower" ? "better" : "worse";
  if (ratio.low > ceiling) return isBetter === "higher" ? "better" : "worse";
  if (ratio.low >= floor && ratio.high <= ceiling) return "same";
  return "inconclusive";
}

/**
 * The interval narrows with the square root of the pairs; it decides once its half-width is no longer than the way from
 * the estimate to the nearest edge of the band. An estimate right on an edge would take forever: at most 1 000.
 */
function pairsMissingFor(ratio: Interval, minimumEffect: number): number {
  const halfWidth = (ratio.high - ratio.low) / 2;
  const distance = Math.min(
    Math.abs(ratio.estimate - (1 - minimumEffect)),
    Math.abs(ratio.estimate - (1 + minimumEffect)),
  );
  const needed = Math.ceil(ratio.count * (halfWidth / distance) ** 2);
  return Math.min(1_000, Math.max(1, needed - ratio.count));
}
