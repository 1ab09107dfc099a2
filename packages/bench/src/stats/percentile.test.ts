import { expect, test } from "vitest";
import { isCarriedBy, samplesNeededFor } from "./percentile.ts";

test("a percentile needs ten samples beyond it", () => {
  expect([0, 0.5, 0.9, 0.95, 0.99, 0.999].map(samplesNeededFor)).toEqual([10, 20, 100, 200, 1_000, 10_000]);
});

test("a count one short of what a percentile needs does not carry it", () => {
  expect(isCarriedBy(999, 0.99)).toBe(false);
  expect(isCarriedBy(1_000, 0.99)).toBe(true);
  expect(isCarriedBy(0, 0.5)).toBe(false);
});

test("a quantile of 1 or beyond is refused with its value", () => {
  expect(() => samplesNeededFor(1)).toThrow("got 1");
  expect(() => samplesNeededFor(Number.NaN)).toThrow("got NaN");
});
