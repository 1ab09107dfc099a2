import { expect, test } from "vitest";
import { normalsFrom } from "./random-normal.ts";
import { seededRandom } from "./seeded-random.ts";
import { findWarmUpEnd } from "./warm-up.ts";

/** Values around what `level` says, with a spread of 3 %. */
function series(count: number, level: (index: number) => number, seed = 1): number[] {
  const normal = normalsFrom(seededRandom(seed));
  return Array.from({ length: count }, (_, index) => level(index) * (1 + 0.03 * normal()));
}

test("a warm-up that fades out is cut where it no longer matters, and the mean of the rest is the true level", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { end, steadyMean, why } = findWarmUpEnd(series(120, (index) => 1_000 * (1 - Math.exp(-index / 6)), seed));
    expect(why).toBeNull();
    expect(end).toBeGreaterThanOrEqual(10);
    expect(end).toBeLessThanOrEqual(40);
    expect(steadyMean! / 1_000).toBeCloseTo(1, 1.5);
  }
});

test("compilation that ends at once is cut there, in batches of five", () => {
  expect(findWarmUpEnd(series(100, (index) => (index < 20 ? 400 : 1_000))).end).toBe(20);
});

test("the rule is the minimum of the standard error, as worked out by hand", () => {
  // Batch means 0, 8, 10, 10, 10, 10, 10: without the first the error is 3.33/36, without two it is 0.
  const values = [0, 8, 10, 10, 10, 10, 10].flatMap((mean) => [mean, mean, mean, mean, mean]);
  expect(findWarmUpEnd(values)).toEqual({ end: 10, steadyMean: 10, why: null });
});

test("a run that is steady from the start loses little", () => {
  const ends = Array.from({ length: 40 }, (_, seed) => findWarmUpEnd(series(200, () => 500, seed)).end);
  expect(ends.filter((end) => end === null)).toEqual([]);
  expect(ends.filter((end) => end! <= 50).length).toBeGreaterThan(25);
});

test("a series that keeps growing is not steady", () => {
  expect(findWarmUpEnd(series(120, (index) => 100 + 10 * index))).toEqual({
    end: null,
    steadyMean: null,
    why: "still changing at the end",
  });
});

test("two levels are not a steady state, in either order", () => {
  const step = findWarmUpEnd(series(120, (index) => (index < 70 ? 1_000 : 700)));
  expect(step).toMatchObject({ end: null, why: "level changes" });
  const dip = findWarmUpEnd(series(120, (index) => (index >= 60 && index < 90 ? 600 : 1_000)));
  expect(dip).toMatchObject({ end: null, why: "level changes" });
});

test("a short series says so instead of guessing", () => {
  expect(findWarmUpEnd(series(29, () => 5))).toMatchObject({ end: null, why: "too short" });
  expect(findWarmUpEnd([])).toMatchObject({ end: null, why: "too short" });
  expect(findWarmUpEnd(Array.from({ length: 30 }, () => 5))).toEqual({ end: 0, steadyMean: 5, why: null });
});
