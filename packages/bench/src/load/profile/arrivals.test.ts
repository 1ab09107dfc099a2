import { describe, expect, test } from "vitest";
import { arrivalsOf } from "./arrivals.ts";
import { burst, constant, durationMsOf, peakPerSecondOf, ramp, spike, step } from "./profile.ts";

describe("arrivals", () => {
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

  test("a ramp is within a nanosecond of the exact instant, up and down", () => {
    for (const [from, to] of [
      [0, 100],
      [10, 250],
      [250, 10],
      [100, 0],
    ] as const) {
      const durationMs = 20_000;
      const arrivals = arrivalsOf(ramp(from, to, durationMs));
      expect(arrivals.count).toBe(((from + to) * durationMs) / 2_000);
      for (let n = 1; n < arrivals.count; n += 37) {
        const exact = exactRampNs(BigInt(from), BigInt(to), BigInt(durationMs), BigInt(n));
        expect(Math.abs(arrivals.dueNs(n) - Number(exact))).toBeLessThanOrEqual(1);
      }
    }
  });

  test("the 600th request of a ramp from 0 to 100/s over 60 s is due at 26.832 815 729 s", () => {
    expect(arrivalsOf(ramp(0, 100, 60_000)).dueNs(600)).toBe(26_832_815_729);
  });

  test("steps follow one another without a gap or an overlap", () => {
    const arrivals = arrivalsOf(step([10, 20, 5], 1_000));
    expect(arrivals.count).toBe(35);
    expect([9, 10, 29, 30, 34].map((n) => arrivals.dueNs(n))).toEqual([
      900_000_000, 1_000_000_000, 1_950_000_000, 2_000_000_000, 2_800_000_000,
    ]);
  });

  test("a spike is its base with a higher stretch", () => {
    const profile = spike({ basePerSecond: 10, peakPerSecond: 1_000, beforeMs: 1_000, peakMs: 100, afterMs: 1_000 });
    expect(arrivalsOf(profile).count).toBe(10 + 100 + 10);
    expect(peakPerSecondOf(profile)).toBe(1_000);
    expect(durationMsOf(profile)).toBe(2_100);
  });

  test("a burst is due all at once", () => {
    const arrivals = arrivalsOf(burst(50, 2_000, 3));
    expect(arrivals.count).toBe(150);
    expect([0, 49, 50, 99, 100].map((n) => arrivals.dueNs(n))).toEqual([
      0, 0, 2_000_000_000, 2_000_000_000, 4_000_000_000,
    ]);
  });

  test("instants never go back", () => {
    const arrivals = arrivalsOf([
      ...ramp(5, 80, 3_000),
      ...constant(33, 2_000),
      ...burst(7, 500, 2),
      ...ramp(80, 1, 900),
    ]);
    for (let n = 1; n < arrivals.count; n += 1) {
      expect(arrivals.dueNs(n)).toBeGreaterThanOrEqual(arrivals.dueNs(n - 1));
    }
  });
});

/** The first nanosecond at which the integral of the rate reaches `n`, by bisection over integers. */
function exactRampNs(from: bigint, to: bigint, durationMs: bigint, n: bigint): bigint {
  const durationNs = durationMs * 1_000_000n;
  // 2·D·10⁹·n ≤ 2·D·from·t + (to − from)·t², with t and D in nanoseconds.
  const isReached = (t: bigint) =>
    2n * durationNs * from * t + (to - from) * t * t >= 2n * durationNs * 1_000_000_000n * n;
  let low = 0n;
  let high = durationNs;
  while (low < high) {
    const middle = (low + high) / 2n;
    if (isReached(middle)) high = middle;
    else low = middle + 1n;
  }
  return low;
}
