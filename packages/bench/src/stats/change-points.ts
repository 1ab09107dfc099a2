import { mean } from "simple-statistics";
import { bestSplit } from "./e-divisive.ts";
import { pooledTTest } from "./student-t.ts";

/** A lasting change of level in a series. */
export interface ChangePoint {
  /** Index of the first value of the new level. */
  readonly index: number;
  /** Means of the stretches before and after, each up to the neighbouring change. */
  readonly before: number;
  readonly after: number;
  /** Of Student's test. The place was chosen for its difference, so this is smaller than the chance of a false change. */
  readonly p: number;
  /** The larger of after ÷ before and before ÷ after, less 1: 0.1 reads 10 %. Infinite when one of them is 0. */
  readonly magnitude: number;
}

export interface ChangePointOptions {
  /** Values looked at together; 50 when absent. Windows overlap by half. */
  readonly windowLength?: number;
  /** Largest p-value of a change that counts; 0.001 when absent. */
  readonly pMax?: number;
  /** Changes this small or smaller do not count; 0.05 when absent. */
  readonly magnitudeMin?: number;
  /** Values that a level must last; 3 when absent. What lasts for less is an outlier, and so is the newest value until others agree. */
  readonly lengthMin?: number;
}

/**
 * Finds the lasting changes in a history of results, oldest first.
 *
 * Definition: E-divisive proposes places within overlapping windows, and Student's test accepts those with up to ten times `pMax`.
 * Then the weakest is dropped, and its neighbours are tested again on their longer stretches, until all that are left are as certain
 * and as large as asked. Deterministic, unlike the permutation test of the original method. By the p-value alone, four of a hundred
 * steady histories of 60 values show a change; what keeps false ones away is the magnitude.
 *
 * Fewer than twice `lengthMin` values give none.
 *
 * Source: Fleming et al., Hunter: Using Change Point Detection to Hunt for Performance Regressions (ICPE 2023), as in Apache Otava;
 * unlike there, a level must last, the variance is that of a sample, and both neighbours of a dropped change are tested again (docs/decisions/0040).
 */
export function findChangePoints(values: readonly number[], options: ChangePointOptions = {}): ChangePoint[] {
  const { windowLength = 50, pMax = 0.001, magnitudeMin = 0.05, lengthMin = 3 } = options;
  let places = proposePlaces(values, windowLength, pMax < 0.05 ? 10 * pMax : Math.min(1, 2 * pMax));
  for (;;) {
    const points = describe(values, places);
    const short = points.filter((_, place) => lengthAround(values, places, place) < lengthMin);
    const weakest = weakestOf(points, short, { pMax, magnitudeMin });
    if (weakest === undefined) return points;
    places = places.filter((place) => place !== weakest.index);
  }
}

/** Candidates of all windows, in rising order. */
function proposePlaces(values: readonly number[], windowLength: number, pMax: number): number[] {
  if (!(Number.isInteger(windowLength) && windowLength >= 4))
    throw new RangeError(`a window must have at least 4 values, got ${windowLength}`);
  const places = new Set<number>();
  const step = Math.floor(windowLength / 2);
  for (let start = 0; start < values.length;) {
    const found = splitRecursively(values.slice(start, start + windowLength), pMax);
    for (const index of found) places.add(start + index);
    // The next window begins at the last change, if that is further on: what lies before it is explained.
    start = Math.max(start + step, start + (found.at(-1) ?? 0));
  }
  return [...places].sort((a, b) => a - b);
}

/** Splits at the clearest change of all stretches, and goes on while that one is significant. */
function splitRecursively(values: readonly number[], pMax: number): number[] {
  const places: number[] = [];
  for (;;) {
    const borders = [0, ...places, values.length];
    let best: { readonly index: number; readonly divergence: number; readonly p: number } | null = null;
    for (const [stretch, from] of borders.slice(0, -1).entries()) {
      const part = values.slice(from, borders[stretch + 1]);
      const split = bestSplit(part);
      if (split === null || (best !== null && split.divergence <= best.divergence)) continue;
      const p = pooledTTest(part.slice(0, split.index), part.slice(split.index));
      best = { index: from + split.index, divergence: split.divergence, p };
    }
    if (best === null || best.p > pMax) return places;
    places.push(best.index);
    places.sort((a, b) => a - b);
  }
}

function describe(values: readonly number[], places: readonly number[]): ChangePoint[] {
  const borders = [0, ...places, values.length];
  return places.map((index, place) => {
    const [left, right] = [values.slice(borders[place], index), values.slice(index, borders[place + 2])];
    const [before, after] = [mean(left), mean(right)];
    const magnitude = Math.max(Math.abs(after / before - 1), Math.abs(before / after - 1));
    return { index, before, after, p: pooledTTest(left, right), magnitude };
  });
}

/** The shorter of the stretches before and after a place. */
function lengthAround(values: readonly number[], places: readonly number[], place: number): number {
  const borders = [0, ...places, values.length];
  const [from = 0, at = 0, until = 0] = borders.slice(place, place + 3);
  return Math.min(at - from, until - at);
}

/** The change that must go next: one beside a level that is too short, one that is not certain, one that is too small; or none. */
function weakestOf(
  points: readonly ChangePoint[],
  short: readonly ChangePoint[],
  { pMax, magnitudeMin }: { readonly pMax: number; readonly magnitudeMin: number },
): ChangePoint | undefined {
  const leastCertain = (some: readonly ChangePoint[]) => some.toSorted((a, b) => b.p - a.p)[0];
  return (
    leastCertain(short) ??
    leastCertain(points.filter(({ p }) => p >= pMax)) ??
    points.filter(({ magnitude }) => magnitude <= magnitudeMin).toSorted((a, b) => a.magnitude - b.magnitude)[0]
  );
}
