import { expect, test } from "vitest";
import { normalsFrom } from "./random-normal.ts";
import { seededRandom } from "./seeded-random.ts";
import { fitUsl, uslPeak, uslThroughput } from "./usl.ts";
import type { ScalePoint, UslFit, UslParameters } from "./usl.ts";

/** SPEC SDM91 on a Sun SPARCcenter 2000, October 1994: simulated users and scripts per hour; in Gunther (2007) and R's `usl`. */
const SPARCCENTER: readonly ScalePoint[] = [
  [1, 64.9],
  [18, 995.9],
  [36, 1652.4],
  [72, 1853.2],
  [108, 1828.9],
  [144, 1775],
  [216, 1702.2],
].map(([n = 0, throughput = 0]) => ({ n, throughput }));

function fitted(points: readonly ScalePoint[], seed = 1): UslFit {
  const fit = fitUsl(points, { seed, resamples: 200 });
  if (fit.kind === "refused") throw new Error(fit.why);
  return fit;
}

/** Measurements of a system that follows the law, with a spread of some per cent. */
function measured(parameters: UslParameters, sizes: readonly number[], spread: number, seed = 1): ScalePoint[] {
  const normal = normalsFrom(seededRandom(seed));
  return sizes.map((n) => ({ n, throughput: uslThroughput(parameters, n) * (1 + spread * normal()) }));
}

test("the published example gives the coefficients that R's usl prints", () => {
  const fit = fitted(SPARCCENTER);
  expect(fit.sigma).toBeCloseTo(0.0277285, 6);
  expect(fit.kappa).toBeCloseTo(0.0001044, 7);
  expect(fit.lambda).toBeCloseTo(89.995233, 3);
  expect(fit.peak!.n.estimate).toBeCloseTo(96.5, 0);
  expect(fit.peak!.throughput).toBeCloseTo(1884, -1);
  expect(fit.range).toEqual({ from: 1, until: 216 });
});

test("its intervals are about those of R's standard errors", () => {
  const { intervals } = fitted(SPARCCENTER);
  // 2.776 standard errors of 0.0091217, 0.0000199 and 14.2134894, for 4 degrees of freedom.
  for (const [interval, half] of [
    [intervals.sigma, 0.0253],
    [intervals.kappa, 0.0000552],
    [intervals.lambda, 39.5],
  ] as const) {
    expect((interval.high - interval.low) / 2 / half).toBeGreaterThan(0.6);
    expect((interval.high - interval.low) / 2 / half).toBeLessThan(1.5);
    expect(interval.low).toBeLessThan(interval.estimate);
    expect(interval.high).toBeGreaterThan(interval.estimate);
  }
});

test("the coefficients of an exact system come back, among them R's second example with 0.02 and 0.02", () => {
  const tput = [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557];
  const fit = fitted([1, 2, 4, 6, 8, 10].map((n, index) => ({ n, throughput: tput[index] ?? 0 })));
  expect(fit.sigma).toBeCloseTo(0.02, 3);
  expect(fit.kappa).toBeCloseTo(0.02, 3);
  expect(fit.lambda).toBeCloseTo(1, 3);
  expect(fit.rSquared).toBeCloseTo(1, 6);
});

test("a system without cost of agreement has no peak, and κ is zero and not below", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const fit = fitted(measured({ lambda: 400, sigma: 0.08, kappa: 0 }, [1, 2, 3, 4, 6, 8, 12, 16], 0.02, seed));
    expect(fit.kappa).toBeGreaterThanOrEqual(0);
    expect(fit.intervals.kappa.low).toBe(0);
    expect(fit.peak).toBeNull();
    expect(fit.linearUntil).toBeLessThanOrEqual(3);
  }
});

test("linear is said only as far as the efficiency is at least 0.9 at the lower end of its interval", () => {
  const sizes = [1, 2, 3, 4, 6, 8, 12, 16];
  expect(fitted(measured({ lambda: 400, sigma: 0.001, kappa: 0 }, sizes, 0.005)).linearUntil).toBe(16);
  const bent = fitted(measured({ lambda: 400, sigma: 0.02, kappa: 0 }, sizes, 0.005));
  // 1 ÷ (1 + 0.02 · 5) = 0.91 at 6, and 0.88 at 8.
  expect(bent.linearUntil).toBeGreaterThanOrEqual(4);
  expect(bent.linearUntil).toBeLessThanOrEqual(6);
  expect(fitted(measured({ lambda: 400, sigma: 0.3, kappa: 0 }, sizes, 0.005)).linearUntil).toBe(1);
});

test("the intervals hold the true coefficients in nine of ten experiments", () => {
  const truth = { lambda: 500, sigma: 0.05, kappa: 0.004 };
  let hits = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { intervals } = fitted(measured(truth, [1, 2, 3, 4, 6, 8, 12, 16, 24], 0.03, seed), seed);
    for (const name of ["lambda", "sigma", "kappa"] as const)
      if (intervals[name].low <= truth[name] && truth[name] <= intervals[name].high) hits++;
  }
  // Two standard deviations of chance below.
  expect(hits / 120).toBeGreaterThan(0.84);
});

test("a peak far beyond what was measured is not claimed", () => {
  expect(fitted(measured({ lambda: 500, sigma: 0.02, kappa: 0.0005 }, [1, 2, 3, 4, 5, 6, 8], 0.001)).peak).toBeNull();
  expect(uslPeak({ lambda: 500, sigma: 0.02, kappa: 0.0005 })).toBeCloseTo(44.3, 1);
  expect(uslPeak({ lambda: 500, sigma: 0.02, kappa: 0 })).toBe(Infinity);
});

test("data that carry no fit are refused with the reason", () => {
  const refusal = (points: readonly ScalePoint[]) => {
    const fit = fitUsl(points, { seed: 1, resamples: 100 });
    return fit.kind === "refused" ? fit.why : fit.kind;
  };
  expect(refusal([])).toContain("0 different N");
  expect(refusal(measured({ lambda: 9, sigma: 0, kappa: 0 }, [1, 2, 4, 8, 8, 8], 0.01))).toContain("4 different N");
  expect(refusal(measured({ lambda: 9, sigma: 0, kappa: 0 }, [10, 11, 12, 13, 14, 15], 0.01))).toContain("10 to 15");
  const scattered = [1, 2, 3, 4, 6, 8].map((n, index) => ({ n, throughput: index % 2 === 0 ? 100 : 900 }));
  expect(refusal(scattered)).toContain("does not describe this system");
});

test("an N or a throughput of zero is refused with both", () => {
  expect(() => fitUsl([{ n: 2, throughput: 0 }], { seed: 1 })).toThrow("N = 2 with 0/s");
});
