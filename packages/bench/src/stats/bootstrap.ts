import { quantileSorted } from "simple-statistics";
import type { Interval } from "./interval.ts";
import { normalTail } from "./normal.ts";
import { seededRandom } from "./seeded-random.ts";
import { studentCritical } from "./student-t.ts";

export interface BootstrapOptions {
  readonly seed: number;
  /** 0.95 when absent. */
  readonly level?: number;
  /** 2 000 when absent; with fewer, the ends of the interval are themselves noisy. */
  readonly resamples?: number;
}

/** With fewer runs there are too few distinct resamples for an interval to mean anything: print the points instead. */
export const RUNS_MIN_FOR_BOOTSTRAP = 5;

/**
 * The bootstrap interval of any statistic over whole runs: a median, a mean, a percentile.
 *
 * Definition: the runs are resampled with replacement, and the interval spans the quantiles of the statistic over the resamples. The
 * quantiles lie further out than (1 − level) / 2, as Student's t does for few runs, because resampling n runs understates the
 * variance by (n − 1) / n (the expanded percentile interval). docs/decisions/0040 compares it with the basic and the BCa interval.
 *
 * Units: those of the statistic. Give it one value per *run*, never per request: the requests of a run depend on each other, and
 * the interval would be far too narrow. Fewer than 5 runs give null. The same seed gives the same interval.
 *
 * Source: Hesterberg, What Teachers Should Know About the Bootstrap (The American Statistician 2015), section 5.2; on dependence:
 * Bakshy & Frachtenberg, Design and Analysis of Benchmarking Experiments for Distributed Internet Services (WWW 2015).
 */
export function bootstrapInterval<Run>(
  runs: readonly Run[],
  statistic: (runs: readonly Run[]) => number,
  options: BootstrapOptions,
): Interval | null {
  if (runs.length < RUNS_MIN_FOR_BOOTSTRAP) return null;
  const random = seededRandom(options.seed);
  return intervalOf(() => statistic(resample(runs, random)), statistic(runs), runs.length, options);
}

/**
 * The bootstrap interval of candidate ÷ baseline, where each side has its own runs that do not belong together in pairs.
 *
 * Unit: none. Fewer than 5 runs on a side, or a baseline whose statistic is 0, give null. `count` is that of the smaller side, and
 * the interval is as wide as for that side alone.
 */
export function bootstrapRatio<Run>(
  { baseline, candidate }: { readonly baseline: readonly Run[]; readonly candidate: readonly Run[] },
  statistic: (runs: readonly Run[]) => number,
  options: BootstrapOptions,
): Interval | null {
  const count = Math.min(baseline.length, candidate.length);
  const ratio = statistic(candidate) / statistic(baseline);
  if (count < RUNS_MIN_FOR_BOOTSTRAP || !Number.isFinite(ratio)) return null;
  const random = seededRandom(options.seed);
  const draw = () => statistic(resample(candidate, random)) / statistic(resample(baseline, random));
  return intervalOf(draw, ratio, count, options);
}

function intervalOf(draw: () => number, estimate: number, count: number, options: BootstrapOptions): Interval {
  const { level = 0.95, resamples = 2_000 } = options;
  const estimates = Array.from({ length: resamples }, draw).sort((a, b) => a - b);
  const t = studentCritical((1 - level) / 2, count - 1);
  const tail = normalTail(Math.sqrt(count / (count - 1)) * t);
  return { estimate, low: quantileSorted(estimates, tail), high: quantileSorted(estimates, 1 - tail), level, count };
}

function resample<Run>(runs: readonly Run[], random: () => number): readonly Run[] {
  return runs.map((first) => runs[Math.floor(random() * runs.length)] ?? first);
}
