import { expect, test } from "vitest";
import { adjustByHolm } from "./holm.ts";
import { seededRandom } from "./seeded-random.ts";

test("the example of Holm's procedure in R's p.adjust", () => {
  expect(adjustByHolm([0.01, 0.02, 0.03, 0.04, 0.05]).map((p) => Number(p.toFixed(4)))).toEqual([
    0.05, 0.08, 0.09, 0.09, 0.09,
  ]);
});

test("the order is kept, nothing exceeds 1, and one value stays as it is", () => {
  expect(adjustByHolm([0.9, 0.001])).toEqual([0.9, 0.002]);
  expect(adjustByHolm([0.7, 0.8, 0.9])).toEqual([1, 1, 1]);
  expect(adjustByHolm([0.03])).toEqual([0.03]);
  expect(adjustByHolm([])).toEqual([]);
});

test("of a thousand families of 20 tests without any effect, no more than about 50 raise an alarm", () => {
  const random = seededRandom(12);
  let alarms = 0;
  for (let family = 0; family < 1_000; family++) {
    if (adjustByHolm(Array.from({ length: 20 }, random)).some((p) => p < 0.05)) alarms++;
  }
  // Four standard deviations above 50.
  expect(alarms).toBeLessThan(78);
});
