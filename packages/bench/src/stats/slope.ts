import { linearRegression, linearRegressionLine, rSquared } from "simple-statistics";

/** A straight line through points. */
export interface Slope {
  /** Change in y per unit of x. */
  readonly perUnit: number;
  /** y at x = 0. */
  readonly atZero: number;
  /** Share of y's variance that the line explains, 0 to 1. */
  readonly explained: number;
  readonly count: number;
}

/**
 * Least-squares line through `(x, y)` points, as for a backlog or a memory size over seconds.
 *
 * Units: y per x. Fewer than three points, or all at one x, give null: two points fit any line. A constant y has slope
 * zero and counts as fully explained. Outliers pull the line; look at the plot before quoting it.
 */
export function fitSlope(points: readonly (readonly [x: number, y: number])[]): Slope | null {
  if (points.length < 3) return null;
  const data = points.map(([x, y]) => [x, y]);
  const firstX = points[0]?.[0];
  if (points.every(([x]) => x === firstX)) return null;
  const firstY = points[0]?.[1] ?? 0;
  if (points.every(([, y]) => y === firstY)) return { perUnit: 0, atZero: firstY, explained: 1, count: points.length };
  const { m, b } = linearRegression(data);
  return { perUnit: m, atZero: b, explained: rSquared(data, linearRegressionLine({ m, b })), count: points.length };
}
