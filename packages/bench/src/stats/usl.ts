import { quantileSorted } from "simple-statistics";
import { relativeHalfWidth } from "./interval.ts";
import type { Interval } from "./interval.ts";
import { normalTail } from "./normal.ts";
import { seededRandom } from "./seeded-random.ts";
import { studentCritical } from "./student-t.ts";
import { solveUsl } from "./usl-solver.ts";

/** A measured throughput: N processes, shards, senders or users, and what they achieved per second. */
export interface ScalePoint {
  readonly n: number;
  readonly throughput: number;
}

/** X(N) = λN ÷ (1 + σ(N − 1) + κN(N − 1)). */
export interface UslParameters {
  /** λ: throughput of one, per second. */
  readonly lambda: number;
  /** σ: the share of the work that is serial or queued for something shared. */
  readonly sigma: number;
  /** κ: the cost of keeping each pair in agreement. */
  readonly kappa: number;
}

/** A fitted scalability law with what its data allow to say. */
export interface UslFit extends UslParameters {
  readonly kind: "fit";
  readonly intervals: { readonly [Name in keyof UslParameters]: Interval };
  /** Share of the variance that the curve explains. */
  readonly rSquared: number;
  /** The fit says nothing beyond these N. */
  readonly range: { readonly from: number; readonly until: number };
  /** Where throughput is highest, within twice the largest N measured; null when the data show no peak there. */
  readonly peak: { readonly n: Interval; readonly throughput: number } | null;
  /** The largest N measured up to which efficiency X(N) ÷ (N·X(1)) is at least 0.9 at the lower end of its interval; null when none. */
  readonly linearUntil: number | null;
}

/** Why there is no fit. */
export interface UslRefusal {
  readonly kind: "refused";
  readonly why: string;
}

export interface UslOptions {
  readonly seed: number;
  /** 500 when absent. */
  readonly resamples?: number;
}

const LEVEL = 0.95;
const POINTS_MIN = 6;
/** Largest over smallest N: a narrower range shows no curve. */
const SPAN_MIN = 4;
const R_SQUARED_MIN = 0.9;
const LINEAR_EFFICIENCY = 0.9;

/** Throughput that the law gives for N. Units: those of λ. */
export function uslThroughput({ lambda, sigma, kappa }: UslParameters, n: number): number {
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

/** N at which the law has its peak: √((1 − σ) ÷ κ); infinite without a cost of agreement. */
export function uslPeak({ sigma, kappa }: UslParameters): number {
  return kappa === 0 ? Infinity : Math.sqrt(Math.max(0, 1 - sigma) / kappa);
}

/**
 * Fits Gunther's Universal Scalability Law to measured throughputs, with bootstrap intervals, or says why the data carry no fit.
 *
 * Estimator: least squares over all three parameters. Intervals (95 %): the residuals are resampled, and the tails widened as Student's t
 * asks for with n − 3 degrees of freedom. They hold the true parameters in 89 to 97 of 100 experiments, fewer where the spread grows with
 * the throughput. The same seed gives the same intervals.
 *
 * Refused are fewer than 6 different N, a largest N below 4 times the smallest, a curve that explains less than 90 % of the variance,
 * and points that scatter so much that λ is not known to within half of itself. Nothing is said beyond the measured N but a peak, and
 * that only up to twice the largest.
 *
 * Source: Gunther, Guerrilla Capacity Planning (2007); the R package `usl`, whose published example it reproduces.
 *
 * @throws RangeError  for an N or a throughput that is not above 0.
 */
export function fitUsl(points: readonly ScalePoint[], { seed, resamples = 500 }: UslOptions): UslFit | UslRefusal {
  for (const { n, throughput } of points)
    if (!(n > 0 && throughput > 0))
      throw new RangeError(`N and throughput must be above 0, got N = ${n} with ${throughput}/s`);
  const sizes = [...new Set(points.map(({ n }) => n))].sort((a, b) => a - b);
  const [from = 1, until = 1] = [sizes[0], sizes.at(-1)];
  if (sizes.length < POINTS_MIN)
    return refuse(`${sizes.length} different N; at least ${POINTS_MIN} are needed for three parameters and a spread`);
  if (until < SPAN_MIN * from)
    return refuse(
      `N from ${from} to ${until}; the largest must be at least ${SPAN_MIN} times the smallest to show a curve`,
    );

  const best = solveUsl(points);
  const fitted = points.map(({ n }) => uslThroughput(best, n));
  const residuals = points.map(({ throughput }, index) => throughput - (fitted[index] ?? 0));
  const rSquared = shareExplained(points, residuals);
  if (!(rSquared >= R_SQUARED_MIN))
    return refuse(
      `the curve explains ${(100 * rSquared).toFixed(0)} % of the variance; below ${100 * R_SQUARED_MIN} % it does not describe this system`,
    );

  const random = seededRandom(seed);
  const degrees = points.length - 3;
  const inflation = Math.sqrt(points.length / degrees);
  const drawn = Array.from({ length: resamples }, () =>
    solveUsl(
      points.map(({ n }, index) => {
        const residual = residuals[Math.floor(random() * residuals.length)] ?? 0;
        // Throughput stays above zero, also where the curve is low and the residuals of its top are drawn.
        return { n, throughput: Math.max((fitted[index] ?? 0) + inflation * residual, (fitted[index] ?? 0) / 10) };
      }),
    ),
  );
  const tail = normalTail(studentCritical((1 - LEVEL) / 2, degrees));
  const interval = (of: (parameters: UslParameters) => number): Interval => {
    const values = drawn.map(of).sort((a, b) => a - b);
    const [low, high] = [quantileSorted(values, tail), quantileSorted(values, 1 - tail)];
    return { estimate: of(best), low, high, level: LEVEL, count: points.length };
  };
  const lambda = interval((parameters) => parameters.lambda);
  if (relativeHalfWidth(lambda) > 0.5)
    return refuse("the points scatter too much: the throughput of one is not known to within half of itself");

  const peak = interval(uslPeak);
  const isLinear = (n: number) =>
    interval((parameters) => uslThroughput(parameters, n) / (n * parameters.lambda)).low >= LINEAR_EFFICIENCY;
  return {
    kind: "fit",
    ...best,
    intervals: { lambda, sigma: interval(({ sigma }) => sigma), kappa: interval(({ kappa }) => kappa) },
    rSquared,
    range: { from, until },
    peak:
      peak.estimate <= 2 * until && Number.isFinite(peak.high)
        ? { n: peak, throughput: uslThroughput(best, peak.estimate) }
        : null,
    linearUntil: sizes.findLast(isLinear) ?? null,
  };
}

function refuse(why: string): UslRefusal {
  return { kind: "refused", why };
}

function shareExplained(points: readonly ScalePoint[], residuals: readonly number[]): number {
  const mean = points.reduce((sum, { throughput }) => sum + throughput, 0) / points.length;
  const all = points.reduce((sum, { throughput }) => sum + (throughput - mean) ** 2, 0);
  const left = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  return all === 0 ? 1 : 1 - left / all;
}
