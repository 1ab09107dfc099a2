import { mean } from "simple-statistics";
import { findChangePoints } from "./change-points.ts";

/** Where the warm-up of one run ends, judged afterwards from its whole series. */
export interface WarmUp {
  /** Index of the first value that counts; null when the series never becomes steady. */
  readonly end: number | null;
  /** Mean of the values that count; null with none. */
  readonly steadyMean: number | null;
  /** Why there is no steady part; null when there is one. */
  readonly why: "too short" | "still changing at the end" | "level changes" | null;
}

/** MSER-5: values averaged into one. */
const BATCH = 5;
/** With fewer batches the rule picks noise. */
const BATCHES_MIN = 6;

/**
 * Finds the end of the warm-up of one run: MSER-5.
 *
 * Definition: the series is averaged in batches of five, and the warm-up ends where the standard error of the mean of what is left is
 * smallest. Cutting off more removes the bias of the start, and makes the mean less certain; the smallest error is where the two
 * balance. Only cuts in the first half are tried: where the error still falls at the last of them, and the halves
 * differ by more than half of `levelChangeMin`, the series keeps changing. If what is left has a
 * change point of more than `levelChangeMin`, there is no single level. In both cases there is no steady part, and the result must
 * say so.
 *
 * Units: indices of the series; fewer than 30 values are too short. Use `findSteadyStart` while a run is going on.
 *
 * Source: White, Cobb & Spratt, A Comparison of Five Steady-State Truncation Heuristics for Simulation (Winter Simulation Conference
 * 2000); that runs without a steady state are common: Traini et al. (EMSE 2023).
 *
 * @param levelChangeMin  As a share of the level; 0.1 when absent.
 */
export function findWarmUpEnd(values: readonly number[], levelChangeMin = 0.1): WarmUp {
  const batches = Array.from({ length: Math.floor(values.length / BATCH) }, (_, batch) =>
    mean(values.slice(batch * BATCH, (batch + 1) * BATCH)),
  );
  if (batches.length < BATCHES_MIN) return { end: null, steadyMean: null, why: "too short" };
  let best = { cut: 0, error: Infinity };
  // Of the second half alone, a few batches may be nearly equal by chance.
  const last = Math.floor(batches.length / 2);
  for (let cut = 0; cut <= last; cut++) {
    const error = squaredStandardError(batches.slice(cut));
    if (error < best.error) best = { cut, error };
  }
  const isAtLimit = best.cut === last;
  if (isAtLimit && differs(mean(batches.slice(0, last)), mean(batches.slice(last)), levelChangeMin / 2))
    return { end: null, steadyMean: null, why: "still changing at the end" };
  // At the limit without a difference between the halves, the smallest error is chance.
  const end = isAtLimit ? 0 : best.cut * BATCH;
  const rest = values.slice(end);
  if (findChangePoints(rest, { magnitudeMin: levelChangeMin }).length > 0)
    return { end: null, steadyMean: null, why: "level changes" };
  return { end, steadyMean: mean(rest), why: null };
}

function differs(left: number, right: number, share: number): boolean {
  return Math.abs(left - right) > share * Math.max(Math.abs(left), Math.abs(right));
}

/** The variance of the mean, as MSER defines it: population variance over the number of values. */
function squaredStandardError(values: readonly number[]): number {
  const average = mean([...values]);
  return values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length ** 2;
}
