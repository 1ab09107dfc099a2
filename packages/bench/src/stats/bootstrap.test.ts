import { mean } from "simple-statistics";
import { expect, test } from "vitest";
import { bootstrapInterval } from "./bootstrap.ts";
import { seededRandom } from "./seeded-random.ts";

const meanOf = (values: readonly number[]) => mean([...values]);

/** Standard normal numbers by Box and Muller. */
function normals(count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

test("fewer than five runs give no interval", () => {
  expect(bootstrapInterval([], meanOf, { seed: 1 })).toBeNull();
  expect(bootstrapInterval([1, 2, 3, 4], meanOf, { seed: 1 })).toBeNull();
  expect(bootstrapInterval([1, 2, 3, 4, 5], meanOf, { seed: 1 })).not.toBeNull();
});

test("the same seed gives the same interval", () => {
  const runs = [12, 14, 11, 13, 15, 12.5];
  expect(bootstrapInterval(runs, meanOf, { seed: 5 })).toEqual(bootstrapInterval(runs, meanOf, { seed: 5 }));
  expect(bootstrapInterval(runs, meanOf, { seed: 5 })).not.toEqual(bootstrapInterval(runs, meanOf, { seed: 6 }));
});

test("runs without variation give an interval without width", () => {
  expect(bootstrapInterval([3, 3, 3, 3, 3], meanOf, { seed: 1 })).toMatchObject({ estimate: 3, low: 3, high: 3 });
});

test("the interval of a mean is about as wide as theory says", () => {
  const runs = normals(200, seededRandom(77));
  const interval = bootstrapInterval(runs, meanOf, { seed: 2 });
  const width = (interval?.high ?? 0) - (interval?.low ?? 0);
  // Two times 1.96 standard errors.
  expect(width / ((2 * 1.96) / Math.sqrt(200))).toBeGreaterThan(0.85);
  expect(width / ((2 * 1.96) / Math.sqrt(200))).toBeLessThan(1.15);
});

test("a 95 % interval of twenty runs holds the truth in about 95 of 100 experiments", () => {
  const random = seededRandom(123);
  let hits = 0;
  for (let experiment = 0; experiment < 300; experiment++) {
    const interval = bootstrapInterval(normals(20, random), meanOf, { seed: experiment, resamples: 500 });
    if (interval !== null && interval.low <= 0 && interval.high >= 0) hits++;
  }
  expect(hits / 300).toBeGreaterThan(0.88);
  expect(hits / 300).toBeLessThan(0.98);
});
