import { gammaln, mean, sampleVariance } from "simple-statistics";
import { incompleteBeta } from "./incomplete-beta.ts";

/**
 * The probability that Student's t with the given degrees of freedom is above `t`. No unit.
 *
 * Source: https://dlmf.nist.gov/8.17 (the distribution as an incomplete beta function).
 */
export function studentTail(t: number, degrees: number): number {
  const half = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t >= 0 ? half : 1 - half;
}

/**
 * The `t` above which Student's t lies with the probability `tail`: 2.776 for 0.025 and 4 degrees of freedom.
 *
 * Estimator: Newton's method from 0, which never overshoots because the tail is convex; to 12 digits.
 *
 * @param tail  Above 0, at most 0.5.
 */
export function studentCritical(tail: number, degrees: number): number {
  if (!(tail > 0 && tail <= 0.5)) throw new RangeError(`a tail must be above 0 and at most 0.5, got ${tail}`);
  let t = 0;
  for (let step = 0; step < NEWTON_STEPS_MAX; step++) {
    const change = (studentTail(t, degrees) - tail) / studentDensity(t, degrees);
    t += change;
    if (Math.abs(change) <= 1e-12 * t) break;
  }
  return t;
}

/** Far more than the few that any tail takes; rounding may keep the last digit moving. */
const NEWTON_STEPS_MAX = 200;

function studentDensity(t: number, degrees: number): number {
  const log = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - Math.log(degrees * Math.PI) / 2;
  return Math.exp(log - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees));
}

/**
 * The probability (two-sided) of a difference between two means at least as large, if both samples came from one normal
 * distribution: Student's test with a pooled variance.
 *
 * Fewer than three values in all, or an empty side, give 1: nothing can be told. Without any variation within the sides, the
 * answer is 1 for equal means and 0 otherwise.
 *
 * Source: Student, The probable error of a mean (Biometrika 1908).
 */
export function pooledTTest(left: readonly number[], right: readonly number[]): number {
  const degrees = left.length + right.length - 2;
  if (left.length === 0 || right.length === 0 || degrees < 1) return 1;
  const difference = mean([...left]) - mean([...right]);
  const pooled = (squares(left) + squares(right)) / degrees;
  if (pooled === 0) return difference === 0 ? 1 : 0;
  const t = difference / Math.sqrt(pooled * (1 / left.length + 1 / right.length));
  return 2 * studentTail(Math.abs(t), degrees);
}

/** Sum of the squared differences from the mean. */
function squares(values: readonly number[]): number {
  return values.length < 2 ? 0 : sampleVariance([...values]) * (values.length - 1);
}
