import { mean, median } from "simple-statistics";
import { expect, test } from "vitest";
import { bootstrapInterval, bootstrapRatio } from "./bootstrap.ts";
import { relativeHalfWidth } from "./interval.ts";
import { normalsFrom } from "./random-normal.ts";
import { seededRandom } from "./seeded-random.ts";

const meanOf = (values: readonly number[]) => mean([...values]);
const medianOf = (values: readonly number[]) => median([...values]);

test("fewer than five runs give no interval", () => {
  expect(bootstrapInterval([], meanOf, { seed: 1 })).toBeNull();
  expect(bootstrapInterval([1, 2, 3, 4], meanOf, { seed: 1 })).toBeNull();
  expect(bootstrapInterval([1, 2, 3, 4, 5], meanOf, { seed: 1 })).not.toBeNull();
  expect(bootstrapRatio({ baseline: [1, 2, 3, 4, 5], candidate: [1, 2] }, meanOf, { seed: 1 })).toBeNull();
});

test("the same seed gives the same interval, another seed another", () => {
  const runs = [12, 14, 11, 13, 15, 12.5];
  expect(bootstrapInterval(runs, meanOf, { seed: 5 })).toEqual(bootstrapInterval(runs, meanOf, { seed: 5 }));
  expect(bootstrapInterval(runs, meanOf, { seed: 5 })).not.toEqual(bootstrapInterval(runs, meanOf, { seed: 6 }));
});

test("runs without variation give an interval without width", () => {
  const interval = bootstrapInterval([3, 3, 3, 3, 3], meanOf, { seed: 1 });
  expect(interval).toEqual({ estimate: 3, low: 3, high: 3, level: 0.95, count: 5 });
  expect(relativeHalfWidth(interval!)).toBe(0);
});

test("the interval of a mean of many runs is as wide as theory says", () => {
  const normal = normalsFrom(seededRandom(77));
  const interval = bootstrapInterval(
    Array.from({ length: 400 }, () => 10 + normal()),
    meanOf,
    { seed: 2 },
  );
  // 1.96 standard errors of 1/20 each, over 10.
  expect(relativeHalfWidth(interval!) / (1.96 / 20 / 10)).toBeCloseTo(1, 1);
});

/** The share of 300 intervals that hold the truth. */
function coverage(runs: number, statistic: (values: readonly number[]) => number, draw: (normal: number) => number) {
  const normal = normalsFrom(seededRandom(runs * 7 + 1));
  const truth = draw(0);
  let hits = 0;
  for (let experiment = 0; experiment < 300; experiment++) {
    const values = Array.from({ length: runs }, () => draw(normal()));
    const interval = bootstrapInterval(values, statistic, { seed: experiment, resamples: 1_000 });
    if (interval!.low <= truth && truth <= interval!.high) hits++;
  }
  return hits / 300;
}

test.each([5, 8, 20])("the interval of %i runs holds the true mean in more than 87 of 100 experiments", (runs) => {
  const share = coverage(runs, meanOf, (normal) => 10 + normal);
  expect(share).toBeGreaterThan(0.87);
  expect(share).toBeLessThan(0.985);
});

test.each([5, 8, 20])("the median of %i skewed runs is covered in more than 90 of 100 experiments", (runs) => {
  expect(coverage(runs, medianOf, (normal) => Math.exp(0.5 * normal))).toBeGreaterThan(0.9);
});

test("the ratio of two medians lies within its interval, and a baseline of zero gives none", () => {
  const normal = normalsFrom(seededRandom(4));
  const baseline = Array.from({ length: 12 }, () => 100 * Math.exp(0.05 * normal()));
  const candidate = Array.from({ length: 12 }, () => 120 * Math.exp(0.05 * normal()));
  const ratio = bootstrapRatio({ baseline, candidate }, medianOf, { seed: 3 });
  expect(ratio!.low).toBeLessThan(1.2);
  expect(ratio!.high).toBeGreaterThan(1.2);
  expect(ratio!.low).toBeGreaterThan(1.05);
  expect(bootstrapRatio({ baseline: [0, 0, 0, 0, 0], candidate }, medianOf, { seed: 3 })).toBeNull();
});
