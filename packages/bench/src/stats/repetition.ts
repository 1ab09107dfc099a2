import { firstWhere } from "./first-where.ts";
import { relativeHalfWidth } from "./interval.ts";
import type { Interval } from "./interval.ts";
import { studentCritical } from "./student-t.ts";

export interface RepetitionRule {
  /** Half the width of the interval, relative to the estimate, at which it is tight: 0.05 reads "± 5 %". */
  readonly relativeHalfWidth: number;
  /** Never fewer runs. */
  readonly runsMin: number;
  /** Never more runs. */
  readonly runsMax: number;
  /** All runs together may take this long, milliseconds; a run that would end later is not started. */
  readonly budgetMs: number;
}

export interface RepetitionProgress {
  readonly runs: number;
  /** Time used so far, milliseconds. */
  readonly elapsedMs: number;
  /** Of each figure that must become tight; null while there are too few runs for one. */
  readonly intervals: readonly (Interval | null)[];
}

/** Whether to run once more. */
export type RepetitionPlan =
  | {
      readonly kind: "again";
      /** About how many more until every interval is tight; null when it cannot be told yet. */
      readonly about: number | null;
    }
  | {
      readonly kind: "done";
      /** `tight`: every interval is; `runs` or `budget`: the limit came first, and the intervals are what they are. */
      readonly because: "tight" | "runs" | "budget";
    };

/**
 * Decides after each run whether to run again: until every interval is tight, or a limit is reached.
 *
 * Only the width of the intervals is looked at, never where they lie: stopping at the first alarm would make most of them false.
 * Stopping by the width has a price as well, because it stops a little early where the spread happened to look small: a 95 % interval
 * holds the truth in 91 to 94 of 100 cases.
 *
 * Source: Hoefler & Belli, Scientific Benchmarking of Parallel Computing Systems (SC 2015), on the number of measurements; Chow &
 * Robbins, On the Asymptotic Theory of Fixed-Width Sequential Confidence Intervals (Annals of Mathematical Statistics 1965).
 */
export function planRepetition(
  rule: RepetitionRule,
  { runs, elapsedMs, intervals }: RepetitionProgress,
): RepetitionPlan {
  if (runs >= rule.runsMin && intervals.every((interval) => isTight(interval, rule)))
    return { kind: "done", because: "tight" };
  if (runs >= rule.runsMax) return { kind: "done", because: "runs" };
  if (runs > 0 && elapsedMs + elapsedMs / runs > rule.budgetMs) return { kind: "done", because: "budget" };
  const missing = intervals.map((interval) => (interval === null ? null : missingFor(interval, rule)));
  const about = missing.every((each) => each !== null) ? Math.max(rule.runsMin - runs, 1, ...missing) : null;
  return { kind: "again", about };
}

function isTight(interval: Interval | null, rule: RepetitionRule): boolean {
  return interval !== null && relativeHalfWidth(interval) <= rule.relativeHalfWidth;
}

/** The width shrinks with the square root of the runs, and a little faster while there are few. */
function missingFor(interval: Interval, rule: RepetitionRule): number {
  const { count, level } = interval;
  const tail = (1 - level) / 2;
  const widthAt = (runs: number) => studentCritical(tail, runs - 1) / Math.sqrt(runs);
  const wanted = (widthAt(count) * rule.relativeHalfWidth) / relativeHalfWidth(interval);
  return isTight(interval, rule) ? 0 : (firstWhere((more) => widthAt(count + more) <= wanted, 100_000) ?? 100_000);
}
