import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import { quantileSorted } from "simple-statistics";
import { expect, test } from "vitest";
import {
  decodeHistogram,
  isAmongFailures,
  mergeHistograms,
  percentileCurve,
  rankedHistogram,
  summarizeHistogram,
} from "./histogram.ts";
import { quantileInterval, rankedSample } from "./order-statistics.ts";
import { seededRandom } from "./seeded-random.ts";

function histogramOf(microseconds: readonly number[]): Histogram {
  const histogram = build({
    bitBucketSize: 32,
    autoResize: true,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  for (const value of microseconds) histogram.recordValue(value);
  return histogram;
}

/** Exponential waiting times with a mean of 5 ms. */
function exponential(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Math.max(1, Math.round(-Math.log(1 - random()) * 5_000)));
}

test("percentiles agree with the exact ones of the same samples to 0.1 %", () => {
  const samples = exponential(20_000, 3);
  const sorted = samples.toSorted((a, b) => a - b);
  const summary = summarizeHistogram(histogramOf(samples));
  for (const [quantile, ms] of [
    [0.5, summary.p50Ms],
    [0.9, summary.p90Ms],
    [0.95, summary.p95Ms],
    [0.99, summary.p99Ms],
    [0.999, summary.p999Ms],
  ] as const) {
    const exactMs = quantileSorted(sorted, quantile) / 1000;
    expect(Math.abs((ms ?? 0) / exactMs - 1)).toBeLessThan(0.0015);
  }
  expect(summary.count).toBe(20_000);
  expect(summary.meanMs).toBeCloseTo(samples.reduce((sum, sample) => sum + sample, 0) / 20_000 / 1000, 2);
});

test("percentiles of an exponential distribution are those of theory within sampling error", () => {
  const summary = summarizeHistogram(histogramOf(exponential(200_000, 9)));
  expect((summary.p50Ms ?? 0) / (5 * Math.log(2))).toBeCloseTo(1, 1);
  expect((summary.p99Ms ?? 0) / (5 * Math.log(100))).toBeCloseTo(1, 1);
});

test("a percentile that the count does not carry is null", () => {
  expect(summarizeHistogram(histogramOf(exponential(999, 1)))).toMatchObject({ count: 999, p99Ms: null, p999Ms: null });
  expect(summarizeHistogram(histogramOf(exponential(1_000, 1))).p99Ms).not.toBeNull();
});

test("no samples give zeros and nulls, and no curve", () => {
  expect(summarizeHistogram(histogramOf([]))).toEqual({
    count: 0,
    failed: 0,
    meanMs: 0,
    p50Ms: null,
    p90Ms: null,
    p95Ms: null,
    p99Ms: null,
    p999Ms: null,
    maxMs: 0,
  });
  expect(percentileCurve(histogramOf([]))).toEqual([]);
});

test("a histogram survives its encoding; of the maximum only its bucket does", () => {
  const histogram = histogramOf(exponential(5_000, 5));
  const { maxMs, ...before } = summarizeHistogram(histogram);
  const after = summarizeHistogram(decodeHistogram(encodeIntoCompressedBase64(histogram)));
  expect(after).toMatchObject(before);
  expect(Math.abs((after.maxMs ?? 0) / (maxMs ?? 1) - 1)).toBeLessThan(0.001);
});

test("text that is not a histogram is refused with its beginning", () => {
  expect(() => decodeHistogram("not a histogram at all, by far")).toThrow(
    'not a compressed HdrHistogram in base64: "not a histogram at all, "',
  );
});

test("merging equals recording everything into one", () => {
  const [left, right] = [exponential(3_000, 11), exponential(4_000, 12)];
  expect(summarizeHistogram(mergeHistograms([histogramOf(left), histogramOf(right)]))).toEqual(
    summarizeHistogram(histogramOf([...left, ...right])),
  );
  expect(summarizeHistogram(mergeHistograms([])).count).toBe(0);
});

test("a curve rises, ends with one sample left, and says which points are carried", () => {
  const curve = percentileCurve(histogramOf(exponential(10_000, 2)), 0, 8);
  expect(curve).toHaveLength(33);
  expect(curve.at(-1)?.quantile).toBeCloseTo(0.9999, 9);
  for (const [index, point] of curve.entries())
    expect(point.valueMs).toBeGreaterThanOrEqual(curve[index - 1]?.valueMs ?? 0);
  expect(curve.findLast((point) => point.isCarried)?.quantile).toBeCloseTo(0.999, 9);
});

test("what never came ranks behind everything that did", () => {
  const answered = Array.from({ length: 970 }, (_, n) => (n + 1) * 1_000);
  const summary = summarizeHistogram(histogramOf(answered), 30);
  expect(summary).toMatchObject({ count: 970, failed: 30, p99Ms: null, meanMs: null, maxMs: null });
  // Rank 900 of 1 000 is the 900th of those that came, not the 873rd.
  expect(summary.p90Ms).toBeCloseTo(900, -1);
  expect(isAmongFailures({ count: 990, failed: 10 }, 0.99)).toBe(false);
  expect(isAmongFailures({ count: 989, failed: 11 }, 0.99)).toBe(true);
  expect(summarizeHistogram(histogramOf([]), 1_000)).toMatchObject({ count: 0, p50Ms: null, maxMs: null });
  expect(percentileCurve(histogramOf(answered), 30).at(-1)?.quantile).toBeLessThanOrEqual(0.97);
});

test("the interval of a percentile from a histogram is that from the samples themselves, to 0.1 %", () => {
  const samples = exponential(2_000, 21);
  const fromSamples = quantileInterval(rankedSample(samples), 0.99)!;
  const fromHistogram = quantileInterval(rankedHistogram(histogramOf(samples)), 0.99)!;
  for (const end of ["estimate", "low", "high"] as const)
    expect(Math.abs(fromHistogram[end]! / (fromSamples[end]! / 1_000) - 1)).toBeLessThan(0.001);
  expect(quantileInterval(rankedHistogram(histogramOf(samples), 30), 0.99)).toBeNull();
});
