import { expect, test } from "vitest";
import { arrivalsOf } from "./arrivals.ts";
import { constant } from "./profile.ts";

test("a constant rate is exact to the nanosecond, also after years of requests", () => {
  const rate = 300;
  const arrivals = arrivalsOf(constant(rate, 1_000_000_000));
  for (const n of [0, 1, 2, 299, 300, 301, 89_999, 12_345_678, 299_999_999]) {
    expect(BigInt(arrivals.dueNs(n))).toBe((BigInt(n) * 1_000_000_000n) / BigInt(rate));
  }
});

test("100/s for 10 s is 1 000 requests, the last one 10 ms before the end", () => {
  const arrivals = arrivalsOf(constant(100, 10_000));
  expect(arrivals.count).toBe(1_000);
  expect(arrivals.dueNs(999)).toBe(9_990_000_000);
  expect(arrivals.dueNs(1_000)).toBe(Infinity);
});
