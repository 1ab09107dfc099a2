import { expect, test } from "vitest";
import { coefficientOfVariation, findSteadyStart } from "./steady-state.ts";

test("the coefficient of variation is standard deviation over mean", () => {
  expect(coefficientOfVariation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(0.4, 12);
  expect(coefficientOfVariation([5])).toBeNull();
  expect(coefficientOfVariation([-1, 1])).toBeNull();
});

test("a warm-up curve is steady where three values in a row differ by no more than 3 %", () => {
  const perSecond = [1_200, 3_900, 6_400, 7_350, 7_580, 7_610, 7_590, 7_600];
  expect(findSteadyStart(perSecond)).toBe(3);
  expect(findSteadyStart(perSecond, { limit: 0.005 })).toBe(4);
});

test("windows average noise away before they are compared", () => {
  const noisy = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? 90 : 110));
  expect(findSteadyStart(noisy)).toBeNull();
  expect(findSteadyStart(noisy, { windowLength: 10 })).toBe(0);
});

test("a series that keeps growing, is too short or is empty never settles", () => {
  expect(findSteadyStart([1, 2, 4, 8, 16, 32])).toBeNull();
  expect(findSteadyStart([5, 5])).toBeNull();
  expect(findSteadyStart([])).toBeNull();
});
