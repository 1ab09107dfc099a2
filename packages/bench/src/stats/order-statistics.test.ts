import { expect, test } from "vitest";
import { quantileInterval, rankedSample } from "./order-statistics.ts";
import { seededRandom } from "./seeded-random.ts";

const ranks = (count: number, failed = 0) =>
  rankedSample(
    Array.from({ length: count - failed }, (_, index) => index + 1),
    failed,
  );

test("the ranks are those of the printed tables", () => {
  // 95 % interval of the median: ranks 1 and 6 of 6, 2 and 9 of 10, 40 and 61 of 100 (Conover, table of the sign test).
  expect(quantileInterval(ranks(6), 0.5)).toMatchObject({ low: 1, high: 6 });
  expect(quantileInterval(ranks(10), 0.5)).toMatchObject({ low: 2, high: 9 });
  expect(quantileInterval(ranks(100), 0.5)).toMatchObject({ estimate: 50, low: 40, high: 61, level: 0.95, count: 100 });
});

test("the values may come in any order", () => {
  expect(quantileInterval(rankedSample([5, 3, 6, 1, 2, 4]), 0.5)).toMatchObject({ estimate: 3, low: 1, high: 6 });
});

test("what the sample does not carry is not given", () => {
  expect(quantileInterval(ranks(0), 0.5)).toBeNull();
  expect(quantileInterval(ranks(5), 0.5)).toBeNull();
  expect(quantileInterval(ranks(35), 0.9)).toBeNull();
  expect(quantileInterval(ranks(36), 0.9)).not.toBeNull();
  expect(quantileInterval(ranks(367), 0.99)).toBeNull();
  expect(quantileInterval(ranks(368), 0.99)).not.toBeNull();
});

test("failures rank behind every value: the upper end may have no limit, and the estimate none at all", () => {
  expect(quantileInterval(ranks(1_000), 0.99)).toMatchObject({ estimate: 990, low: 983, high: 997 });
  expect(quantileInterval(ranks(1_000, 5), 0.99)).toMatchObject({ estimate: 990, low: 983, high: null });
  expect(quantileInterval(ranks(1_000, 11), 0.99)).toBeNull();
});

test("95 % intervals of p90 hold the true value in at least 95 of 100 experiments", () => {
  const random = seededRandom(8);
  let hits = 0;
  for (let experiment = 0; experiment < 1_000; experiment++) {
    const interval = quantileInterval(rankedSample(Array.from({ length: 120 }, random)), 0.9);
    if (interval!.low <= 0.9 && 0.9 <= interval!.high!) hits++;
  }
  expect(hits).toBeGreaterThanOrEqual(950);
  expect(hits).toBeLessThan(990);
});

test("a quantile of 0, of 1 or beyond is refused with its value", () => {
  expect(() => quantileInterval(ranks(10), 1)).toThrow("got 1");
  expect(() => quantileInterval(ranks(10), 0)).toThrow("got 0");
  expect(() => quantileInterval(ranks(10), Number.NaN)).toThrow("got NaN");
});
