import { expect, test } from "vitest";
import { findChangePoints } from "./change-points.ts";
import { bestSplit } from "./e-divisive.ts";
import { normalsFrom } from "./random-normal.ts";
import { seededRandom } from "./seeded-random.ts";

/** Levels of twenty values each, with a spread of 2 % of the level. */
function history(levels: readonly number[], seed: number, each = 20): number[] {
  const normal = normalsFrom(seededRandom(seed));
  return levels.flatMap((level) => Array.from({ length: each }, () => 100 * level * (1 + 0.02 * normal())));
}

const places = (values: readonly number[], options = {}) => findChangePoints(values, options).map(({ index }) => index);

/** The definition, without any shortcut. */
function slowBestSplit(values: readonly number[]): { index: number; divergence: number } {
  let best = { index: 0, divergence: -Infinity };
  const total = (left: readonly number[], right: readonly number[]) =>
    left.reduce((sum, a) => sum + right.reduce((inner, b) => inner + Math.abs(a - b), 0), 0);
  const meanWithin = (side: readonly number[]) =>
    side.length < 2 ? 0 : total(side, side) / (side.length * (side.length - 1));
  for (let split = 1; split < values.length; split++) {
    for (let end = split + 1; end <= values.length; end++) {
      const [x, y] = [values.slice(0, split), values.slice(split, end)];
      const energy = (2 * total(x, y)) / (x.length * y.length) - meanWithin(x) - meanWithin(y);
      const divergence = (energy * x.length * y.length) / (x.length + y.length);
      if (divergence > best.divergence) best = { index: split, divergence };
    }
  }
  return best;
}

test("the statistic is what its definition says", () => {
  for (const seed of [1, 2, 3]) {
    const values = history([1, 1.1, 0.9], seed, 7);
    const slow = slowBestSplit(values);
    expect(bestSplit(values)?.index).toBe(slow.index);
    expect(bestSplit(values)?.divergence).toBeCloseTo(slow.divergence, 9);
  }
  expect(bestSplit([])).toBeNull();
  expect(bestSplit([4])).toBeNull();
});

test("the Nile at Aswan, 1871 to 1970: one change, in 1899, from 1,098 to 850 (Cobb 1978)", () => {
  // prettier-ignore
  const flow = [
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100, 1210, 1150,
    1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100,
    832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846,
    812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919,
    718, 714, 740,
  ];
  const [change, ...others] = findChangePoints(flow);
  expect(others).toEqual([]);
  expect(1871 + change!.index).toBe(1899);
  expect(change!.before).toBeCloseTo(1097.75, 2);
  expect(change!.after).toBeCloseTo(849.97, 2);
});

test("the examples of Apache Otava give the same changes", () => {
  const levels = [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149, 149.7, 149.5, 149.1, 148.8, 150];
  expect(places(levels, { pMax: 0.01, magnitudeMin: 0 })).toEqual([5, 8]);
  const half = [
    1.02, 0.95, 0.99, 1, 1.12, 1, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49, 0.51, 0.5, 0.49,
  ];
  expect(places(half, { windowLength: 10, pMax: 0.0001, magnitudeMin: 0 })).toEqual([10]);
});

test.each([
  [1, [20, 40, 80, 101, 120, 152, 155]],
  [3, [21, 40, 80, 100, 120]],
  [4, [20, 40, 80, 103, 120]],
  [5, [19, 40, 80, 100, 120]],
])("an independent implementation of the published method finds the same changes in series %i", (seed, expected) => {
  const levels = [1, 1.04, 0.93, 0.93, 1.1, 1.06, 1.02, 1.02];
  expect(places(history(levels, seed), { pMax: 0.01, magnitudeMin: 0.02 })).toEqual(expected);
});

test("a change of 10 % is found within two values of where it happened, whatever lies beyond the window", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const [first, second, ...others] = places(history([1, 1.1, 1], seed, 45));
    expect(Math.abs(first! - 45)).toBeLessThanOrEqual(2);
    expect(Math.abs(second! - 90)).toBeLessThanOrEqual(2);
    expect(others).toEqual([]);
  }
});

test("the last few values are enough to see a large change", () => {
  expect(places([...history([1], 3, 30), 121, 119, 120])).toEqual([30]);
});

test("a single outlier is not a change, and neither is a slow rise below the magnitude", () => {
  const outlier = history([1], 2, 40);
  outlier[20] = 160;
  expect(places(outlier)).toEqual([]);
  expect(places([...outlier, 180])).toEqual([]);
  expect(places([...outlier, 180, 182], { lengthMin: 2 })).toEqual([40]);
  expect(places(history([1, 1.01, 1.02, 1.03], 4))).toEqual([]);
});

test("a change that is certain but small counts only when the magnitude asked for is smaller", () => {
  const values = history([1, 1.04], 6, 40);
  expect(places(values)).toEqual([]);
  expect(places(values, { magnitudeMin: 0.02 })).toEqual([40]);
});

test("the magnitude keeps false changes away: none in 100 steady histories, and a few by the p-value alone", () => {
  const steady = Array.from({ length: 100 }, (_, seed) => history([1], seed, 60));
  expect(steady.filter((values) => places(values).length > 0)).toEqual([]);
  expect(steady.filter((values) => places(values, { magnitudeMin: 0 }).length > 0).length).toBeLessThan(10);
});

test("no values, one value and equal values have no change", () => {
  expect(findChangePoints([])).toEqual([]);
  expect(findChangePoints([7])).toEqual([]);
  expect(findChangePoints(Array.from({ length: 60 }, () => 5))).toEqual([]);
});

test("a series that comes from zero has an infinite magnitude, not a missing one", () => {
  expect(findChangePoints([0, 0, 0, 0, 0, 3, 3, 3, 3, 3])[0]).toMatchObject({ index: 5, p: 0, magnitude: Infinity });
});

test("a window that is too short is refused with its length", () => {
  expect(() => findChangePoints([1, 2, 3], { windowLength: 2 })).toThrow("got 2");
});
