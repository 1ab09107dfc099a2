import { quantileSorted } from "simple-statistics";
import { seededRandom } from "./seeded-random.ts";

/** An estimate with an interval. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Confidence level, as in 0.95. */
  readonly level: number;
  /** Runs that went in. */
  readonly count: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** 0.95 when absent. */
  readonly level?: number;
  /** 2 000 when absent; fewer make the ends of the interval themselves noisy. */
  readonly resamples?: number;
}

/** Below this many runs there are too few distinct resamples for an interval to mean anything; print the points. */
export const RUNS_MIN_FOR_INTERVAL = 5;

/**
 * Percentile-bootstrap interval of a statistic over runs.
 *
 * Definition: resample the runs with replacement, take the statistic of each resample; the interval holds the middle
 * `level` of those. Units: those of the statistic. Give it one value per *run*, never per request: requests within a
 * run depend on each other, and their bootstrap would be far too narrow.
 *
 * Smallest n: 5; below it, and for n = 0, the answer is null. The interval is approximate: for the mean of few runs it
 * covers somewhat less than its level (about 0.90 for 0.95 at n = 10). The same seed gives the same interval.
 *
 * Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), ch. 13; on dependence: Bakshy & Frachtenberg,
 * Design and Analysis of Benchmarking Experiments for Distributed Internet Services (WWW 2015).
 */
export function bootstrapInterval<Run>(
  runs: readonly Run[],
  statistic: (runs: readonly Run[]) => number,
  options: BootstrapOptions,
): Interval | null {
  if (runs.length < RUNS_MIN_FOR_INTERVAL) return null;
  const { seed, level = 0.95, resamples = 2_000 } = options;
  const random = seededRandom(seed);
  const estimates: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    estimates.push(statistic(runs.map(() => pick(runs, random))));
  }
  estimates.sort((a, b) => a - b);
  const tail = (1 - level) / 2;
  return {
    estimate: statistic(runs),
    low: quantileSorted(estimates, tail),
    high: quantileSorted(estimates, 1 - tail),
    level,
    count: runs.length,
  };
}

function pick<Run>(runs: readonly Run[], random: () => number): Run {
  const run = runs[Math.floor(random() * runs.length)];
  if (run === undefined) throw new RangeError("cannot pick from no runs");
  return run;
}
