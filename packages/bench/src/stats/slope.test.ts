import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";
import { fitSlope } from "./slope.ts";

test("an exact line gives its slope, its value at zero, and explains everything", () => {
  const slope = fitSlope([2, 3, 7, 9].map((x) => [x, 4 + 2.5 * x] as const));
  expect(slope?.perUnit).toBeCloseTo(2.5, 10);
  expect(slope?.atZero).toBeCloseTo(4, 10);
  expect(slope?.explained).toBeCloseTo(1, 10);
});

test("Anscombe's first data set gives the textbook line", () => {
  const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
  const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  const slope = fitSlope(x.map((value, index) => [value, y[index] ?? 0] as const));
  expect(slope?.perUnit).toBeCloseTo(0.5001, 4);
  expect(slope?.atZero).toBeCloseTo(3.0001, 4);
  expect(slope?.explained).toBeCloseTo(0.6665, 4);
});

test("noise around a constant has hardly a slope and explains hardly anything", () => {
  const random = seededRandom(4);
  const slope = fitSlope(Array.from({ length: 200 }, (_, second) => [second, 100 + random()] as const));
  expect(Math.abs(slope?.perUnit ?? 1)).toBeLessThan(0.002);
  expect(slope?.explained).toBeLessThan(0.1);
});

test("a constant has slope zero; too few points or a single x have none", () => {
  expect(
    fitSlope([
      [0, 5],
      [1, 5],
      [2, 5],
    ]),
  ).toEqual({ perUnit: 0, atZero: 5, explained: 1, count: 3 });
  expect(
    fitSlope([
      [0, 1],
      [1, 2],
    ]),
  ).toBeNull();
  expect(
    fitSlope([
      [3, 1],
      [3, 2],
      [3, 4],
    ]),
  ).toBeNull();
  expect(fitSlope([])).toBeNull();
});
