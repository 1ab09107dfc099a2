import { expect, test } from "vitest";
import { linearScale, logScale, secondsScale } from "./scale.ts";

test("a linear scale starts at zero and ends on a round number at or above the largest value", () => {
  const scale = linearScale(103);
  expect(scale.ticks).toEqual([0, 50, 100, 150]);
  expect([0, 75, 150, 400].map((value) => scale.position(value))).toEqual([0, 500, 1000, 1000]);
});

test("a linear scale of nothing still has a top", () => {
  const scale = linearScale(0);
  expect(scale.position(0)).toBe(0);
  expect(scale.ticks.length).toBeGreaterThan(1);
});

test("a logarithmic scale spans round numbers around the values", () => {
  const scale = logScale(0.6, 9.4);
  expect(scale.ticks).toEqual([0.5, 1, 2, 5, 10]);
  expect(scale.position(0.5)).toBe(0);
  expect(scale.position(10)).toBe(1000);
  expect(scale.position(Math.sqrt(5))).toBeCloseTo(500, 6);
});

test("many decades keep only their ones; equal values still have a span", () => {
  expect(logScale(0.01, 900).ticks).toEqual([0.01, 0.1, 1, 10, 100, 1000]);
  expect(logScale(5, 5).ticks.length).toBeGreaterThan(1);
});

test("seconds have ticks on round seconds", () => {
  expect(secondsScale(0, 62).ticks).toEqual([0, 15, 30, 45, 60]);
  expect(secondsScale(3, 9).ticks).toEqual([3, 4, 5, 6, 7, 8, 9]);
});
