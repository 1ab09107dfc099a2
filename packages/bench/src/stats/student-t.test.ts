import { expect, test } from "vitest";
import { incompleteBeta } from "./incomplete-beta.ts";
import { pooledTTest, studentCritical, studentTail } from "./student-t.ts";

test("critical values are those of the printed tables", () => {
  for (const [tail, degrees, critical] of [
    [0.025, 1, 12.706],
    [0.025, 4, 2.776],
    [0.05, 9, 1.833],
    [0.005, 20, 2.845],
    [0.025, 120, 1.98],
  ] as const) {
    expect(studentCritical(tail, degrees)).toBeCloseTo(critical, 3);
    expect(studentTail(studentCritical(tail, degrees), degrees)).toBeCloseTo(tail, 12);
  }
});

test("the critical value of any tail and any degrees of freedom has that tail", () => {
  for (const tail of [0.5, 0.4, 0.05, 1e-3, 1e-6, 1e-10])
    for (const degrees of [1, 1.5, 3, 17.3, 400, 1e5])
      expect(studentTail(studentCritical(tail, degrees), degrees) / tail).toBeCloseTo(1, 8);
});

test("with one degree of freedom it is the Cauchy distribution, with many the normal one", () => {
  expect(studentTail(2, 1)).toBeCloseTo(0.5 - Math.atan(2) / Math.PI, 13);
  expect(studentTail(-2, 1)).toBeCloseTo(0.5 + Math.atan(2) / Math.PI, 13);
  expect(studentTail(1.959963985, 1e7)).toBeCloseTo(0.025, 7);
  expect(studentTail(0, 5)).toBe(0.5);
});

test("Student's own example: ten patients and two sleeping drugs, t = 1.861 with 18 degrees of freedom, p = 0.0792", () => {
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  expect(pooledTTest(first, second)).toBeCloseTo(0.07919, 5);
});

test("what cannot be told is 1, and a difference without any variation is 0", () => {
  expect(pooledTTest([], [1, 2, 3])).toBe(1);
  expect(pooledTTest([1], [2])).toBe(1);
  expect(pooledTTest([1, 1], [1, 1])).toBe(1);
  expect(pooledTTest([1, 1], [2, 2])).toBe(0);
});

test("the incomplete beta function agrees with closed forms, also for large parameters", () => {
  expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14);
  expect(incompleteBeta(0.3, 2, 1)).toBeCloseTo(0.09, 14);
  expect(incompleteBeta(0.3, 1, 4)).toBeCloseTo(1 - 0.7 ** 4, 14);
  expect(incompleteBeta(0.5, 50_000, 50_000)).toBeCloseTo(0.5, 9);
  expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
});

test("parameters outside the distribution are refused with their values", () => {
  expect(() => incompleteBeta(0.5, 0, 1)).toThrow("got 0 and 1");
  expect(() => studentCritical(0.7, 3)).toThrow("got 0.7");
});
