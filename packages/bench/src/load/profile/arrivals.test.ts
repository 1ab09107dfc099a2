import { expect, test } from "vitest";
import { arrivalsOf } from "./arrivals.ts";
import {
  arriving,
  bursts,
  constant,
  durationMsOf,
  intensified,
  meanPerSecond,
  peakPerSecond,
  ramp,
  spike,
  steps,
  stretched,
  trace,
  warmedUp,
} from "./profile.ts";
import type { LoadProfile } from "./profile.ts";

function instantsMs(profile: LoadProfile): number[] {
  const arrivals = arrivalsOf(profile);
  return Array.from({ length: arrivals.count }, (_, n) => arrivals.dueNs(n) / 1e6);
}

/** How many are due in each second. */
function perSecond(profile: LoadProfile): number[] {
  const counts = Array.from({ length: Math.ceil(durationMsOf(profile) / 1_000) }, () => 0);
  for (const ms of instantsMs(profile)) counts[Math.floor(ms / 1_000)] = (counts[Math.floor(ms / 1_000)] ?? 0) + 1;
  return counts;
}

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

test("a warm-up at the same rate moves no instant", () => {
  expect(warmedUp(constant(300, 7_000), 3_000)).toEqual(constant(300, 10_000));
});

test("a ramp is exact to the nanosecond: request n is due when the rate, added up, has reached n", () => {
  // From 0/s to 200/s in 10 s: 10·t² requests after t seconds, so request n is due at √(n / 10) s.
  const arrivals = arrivalsOf(ramp(0, 200, 10_000));
  expect(arrivals.count).toBe(1_000);
  for (const n of [0, 1, 10, 40, 90, 250, 640, 999]) {
    const due = BigInt(arrivals.dueNs(n));
    // due² ≤ n / 10 · 10¹⁸ < (due + 1)², in whole nanoseconds.
    const square = BigInt(n) * 10n ** 17n;
    expect(due * due <= square && square < (due + 1n) * (due + 1n)).toBe(true);
  }
});

test("a falling ramp mirrors the rising one, and keeps its order to the end", () => {
  const instants = instantsMs(ramp(200, 0, 10_000));
  expect(instants).toHaveLength(1_000);
  // 1,000 − 10·(10 − t)² requests after t seconds.
  for (const n of [0, 1, 500, 999]) expect(instants[n]).toBeCloseTo(10_000 - Math.sqrt((1_000 - n) / 10) * 1_000, 5);
  expect(instants.every((ms, n) => n === 0 || ms > (instants[n - 1] ?? 0))).toBe(true);
});

test("steps hold each rate for their time, without a gap or a crowd where they meet", () => {
  const profile = steps([50, 100, 20], 2_000);
  expect(perSecond(profile)).toEqual([50, 50, 100, 100, 20, 20]);
  const instants = instantsMs(profile);
  expect(instants[100]).toBe(2_000);
  expect(instants[300]).toBe(4_000);
});

test("a fraction of a request that a part leaves is carried into the next", () => {
  // 1.5 requests in the first part: the second one is due in the second part, at half of its first gap.
  expect(instantsMs(steps([1.5, 10], 1_000)).slice(0, 4)).toEqual([0, 1_000 / 1.5, 1_050, 1_150].map(floorNs));
});

function floorNs(ms: number): number {
  return Math.floor(ms * 1e6) / 1e6;
}

test("a spike is one peak within a rate", () => {
  const profile = spike({ ratePerSecond: 10, peakPerSecond: 500, atMs: 2_000, forMs: 1_000, durationMs: 5_000 });
  expect(perSecond(profile)).toEqual([10, 10, 500, 10, 10]);
  expect([peakPerSecond(profile), meanPerSecond(profile), durationMsOf(profile)]).toEqual([500, 108, 5_000]);
});

test("bursts come back at the start of every period, and the last one may be cut off", () => {
  const options = { ratePerSecond: 10, peakPerSecond: 1_000, everyMs: 2_000, forMs: 100 };
  // 100 in the burst, 9 in the rest of its second, 10 in the next second.
  expect(perSecond(bursts({ ...options, durationMs: 5_000 }))).toEqual([109, 10, 109, 10, 109]);
  expect(durationMsOf(bursts({ ...options, durationMs: 4_050 }))).toBe(4_050);
  expect(perSecond(bursts({ ...options, durationMs: 4_050 })).at(-1)).toBe(50);
});

test("a trace is replayed at its own instants, after a warm-up at its mean rate", () => {
  const recorded = trace([0, 3.5, 3.5, 900, 1_999.999999, 2_000], 2_000);
  expect(instantsMs(recorded)).toEqual([0, 3.5, 3.5, 900, 1_999.999999]);
  expect([meanPerSecond(recorded), peakPerSecond(recorded)]).toEqual([2.5, 4]);
  // 2.5/s for a second: three requests, and then the trace.
  expect(instantsMs(warmedUp(recorded, 1_000))).toEqual([0, 400, 800, 1_000, 1_003.5, 1_003.5, 1_900, 2_999.999999]);
});

test("a stretched profile keeps its shape, an intensified one its instants in proportion", () => {
  expect(stretched(spike({ ratePerSecond: 10, peakPerSecond: 50, atMs: 2, forMs: 1, durationMs: 4 }), 1_000)).toEqual(
    spike({ ratePerSecond: 10, peakPerSecond: 50, atMs: 2_000, forMs: 1_000, durationMs: 4_000 }),
  );
  expect(intensified(ramp(1, 2, 1_000), 3)).toEqual(ramp(3, 6, 1_000));
  expect(instantsMs(intensified(trace([0, 500, 900], 1_000), 2))).toEqual([0, 250, 450]);
  expect(instantsMs(stretched(trace([0, 500, 900], 1_000), 2))).toEqual([0, 1_000, 1_800]);
});

test("a Poisson process follows from its seed", () => {
  const of = (seed: number) => instantsMs(arriving(constant(100, 10_000), { kind: "poisson", seed }));
  expect(of(7)).toEqual(of(7));
  expect(of(7)).not.toEqual(of(8));
});

test("a Poisson process has the rate of its profile, exponential gaps, and counts that spread as much as their mean", () => {
  const seconds = 2_000;
  const profile = arriving(constant(50, seconds * 1_000), { kind: "poisson", seed: 3 });
  const instants = instantsMs(profile);
  // 100,000 expected, standard deviation 316: four of them.
  expect(Math.abs(instants.length - 50 * seconds)).toBeLessThan(4 * Math.sqrt(50 * seconds));
  const gaps = instants.slice(1).map((ms, index) => ms - (instants[index] ?? 0));
  // Kolmogorov–Smirnov against 1 − exp(−gap / 20 ms): 1.95 / √n is exceeded once in a thousand.
  const sorted = gaps.toSorted((a, b) => a - b);
  const distance = Math.max(...sorted.map((gap, index) => Math.abs(1 - Math.exp(-gap / 20) - index / sorted.length)));
  expect(distance).toBeLessThan(1.95 / Math.sqrt(sorted.length));
  const counts = perSecond(profile);
  const mean = counts.reduce((sum, count) => sum + count, 0) / seconds;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (seconds - 1);
  // The variance of a variance of n Poisson counts is about 2 / n, relative: four standard deviations.
  expect(Math.abs(variance / mean - 1)).toBeLessThan(4 * Math.sqrt(2 / seconds));
});

test("a Poisson process with a changing rate has as many requests in each part as its rate says", () => {
  const profile = arriving(ramp(0, 1_000, 100_000), { kind: "poisson", seed: 11 });
  const instants = instantsMs(profile);
  // A quarter of the requests in the first half.
  const early = instants.filter((ms) => ms < 50_000).length;
  expect(Math.abs(early - 12_500)).toBeLessThan(4 * Math.sqrt(12_500));
  expect(instants.every((ms, n) => n === 0 || ms >= (instants[n - 1] ?? 0))).toBe(true);
});
