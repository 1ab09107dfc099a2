import { expect, test } from "vitest";
import { apart } from "./end-labels.ts";

test("labels that have room stay where their lines end", () => {
  expect(apart([100, 500, 900], 60)).toEqual([100, 500, 900]);
});

test("labels that would touch are moved apart in the order of their lines, and stay on the plot", () => {
  const placed = apart([990, 500, 510, 995], 60);
  const [first = 0, second = 0, third = 0, fourth = 0] = placed;
  expect(second).toBe(500);
  expect(third).toBe(560);
  expect(fourth).toBeLessThanOrEqual(1000);
  expect(fourth - first).toBeGreaterThanOrEqual(60);
});
