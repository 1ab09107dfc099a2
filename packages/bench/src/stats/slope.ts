import { median } from "simple-statistics";

/**
 * The median of the slopes between all pairs of points (Theil–Sen): how y grows with x, whatever a third of the points do. One step,
 * as of a heap that becomes larger once, leaves it near zero; a leak does not.
 *
 * Units: y per x. Fewer points than `pointsMin`, or all at one x, give null. Cost: quadratic in the points.
 *
 * @param pointsMin  Fewer than eight are for somebody who compares several such slopes.
 * Source: Sen, Estimates of the Regression Coefficient Based on Kendall's Tau (JASA 1968).
 */
export function medianSlope(points: readonly (readonly [x: number, y: number])[], pointsMin = 8): number | null {
  if (points.length < pointsMin) return null;
  const slopes = points.flatMap(([x, y], index) =>
    points.slice(index + 1).flatMap(([otherX, otherY]) => (otherX === x ? [] : [(otherY - y) / (otherX - x)])),
  );
  return slopes.length === 0 ? null : median(slopes);
}
