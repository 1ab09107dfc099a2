import { mean, variance } from "simple-statistics";
import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";

const draw = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
};

test("the same seed gives the same numbers, another seed others", () => {
  expect(draw(7, 5)).toEqual(draw(7, 5));
  expect(draw(7, 5)).not.toEqual(draw(8, 5));
});

test("it is Mulberry32: the first numbers of seed 0 are the published ones", () => {
  expect(draw(0, 3)).toEqual([0.26642920868471265, 0.0003297457005828619, 0.2232720274478197]);
});

test("the numbers are uniform: mean 1/2, variance 1/12, every tenth equally full", () => {
  const numbers = draw(42, 100_000);
  expect(mean(numbers)).toBeCloseTo(0.5, 2);
  expect(variance(numbers)).toBeCloseTo(1 / 12, 2);
  for (let tenth = 0; tenth < 10; tenth++) {
    const inside = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
    // Four standard deviations of a binomial count.
    expect(Math.abs(inside - 10_000)).toBeLessThan(4 * Math.sqrt(100_000 * 0.1 * 0.9));
  }
});
