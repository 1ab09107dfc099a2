import { build, decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import type { RankedSample } from "./order-statistics.ts";
import { isCarriedBy } from "./percentile.ts";

/**
 * A latency distribution in milliseconds. A percentile is null when the sample does not carry it, or when its rank lies among the
 * failures; see `isAmongFailures`.
 */
export interface PercentileSummary {
  /** Samples with a value. */
  readonly count: number;
  /** Samples without one: they rank behind every value. */
  readonly failed: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number | null;
}

/** One point of a percentile curve. */
export interface CurvePoint {
  /** 0 ≤ q < 1. */
  readonly quantile: number;
  readonly valueMs: number;
  /** Whether the count carries this quantile. */
  readonly isCarried: boolean;
}

/**
 * Decodes a histogram as results store it: HdrHistogram V2, compressed, base64; values in microseconds.
 *
 * @throws Error  when the text is not such a histogram, with the first characters of the text.
 */
export function decodeHistogram(base64: string): Histogram {
  try {
    // Plain JavaScript, 32-bit buckets: works the same in Node and in a browser, and needs no WebAssembly start.
    return decodeFromCompressedBase64(base64, 32, false);
  } catch (cause) {
    throw new Error(`not a compressed HdrHistogram in base64: "${base64.slice(0, 24)}"`, { cause });
  }
}

/**
 * Merges histograms into a new one, as percentiles can never be averaged.
 *
 * No histograms give an empty one. The merged value is exact: counts add up bucket by bucket.
 */
export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const merged = build({
    bitBucketSize: 32,
    autoResize: true,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  for (const histogram of histograms) merged.add(histogram);
  return merged;
}

/**
 * Summarises a histogram of microseconds, and the samples that never got a value.
 *
 * Estimator: nearest rank within HdrHistogram's buckets, so a percentile is at most 0.1 % off (three significant
 * digits). n = 0 gives zero for mean and maximum, and null for every percentile. A sample that failed ranks behind every
 * value, as if it had taken forever; with any of them there is neither a mean nor a maximum.
 *
 * @param failed  Samples without a value; none when absent.
 * Source: http://hdrhistogram.org
 */
export function summarizeHistogram(histogram: Histogram, failed = 0): PercentileSummary {
  const count = histogram.totalCount;
  const percentile = (quantile: number) =>
    !isCarriedBy(count + failed, quantile) || isAmongFailures({ count, failed }, quantile)
      ? null
      : valueMsAt(histogram, Math.min(1, (quantile * (count + failed)) / count));
  const ofAll = (valueMs: number) => (count === 0 ? 0 : valueMs);
  return {
    count,
    failed,
    meanMs: failed > 0 ? null : ofAll(histogram.mean / 1000),
    p50Ms: percentile(0.5),
    p90Ms: percentile(0.9),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    p999Ms: percentile(0.999),
    maxMs: failed > 0 ? null : ofAll(histogram.maxValue / 1000),
  };
}

/** Whether the sample at a quantile (nearest rank) is one that never got a value. */
export function isAmongFailures(
  { count, failed }: { readonly count: number; readonly failed: number },
  quantile: number,
): boolean {
  return Math.max(1, Math.ceil(Number((quantile * (count + failed)).toFixed(6)))) > count;
}

/**
 * A histogram's samples by rank, milliseconds, for intervals of percentiles: each value is that of its bucket, at most 0.1 % off.
 *
 * @param failed  Samples without a value; none when absent.
 */
export function rankedHistogram(histogram: Histogram, failed = 0): RankedSample {
  const count = histogram.totalCount;
  // Half a rank below, so that rounding cannot reach into the next one.
  return { count, failed, valueAtRank: (rank) => valueMsAt(histogram, (rank - 0.5) / count) };
}

/**
 * The distribution as a curve, with steps even in "nines": half of the remaining samples lie between a point and the
 * next full octave. Ends where one sample is left beyond the quantile, or where the failures begin: they rank behind every
 * value. n = 0 gives no points.
 *
 * @param failed        Samples without a value; none when absent.
 * @param stepsPerNine  Points between 90 % and 99 %, between 99 % and 99.9 %, and so on.
 */
export function percentileCurve(histogram: Histogram, failed = 0, stepsPerNine = 16): readonly CurvePoint[] {
  const count = histogram.totalCount;
  if (count === 0) return [];
  const all = count + failed;
  const points: CurvePoint[] = [];
  const last = Math.floor(Math.log10(all) * stepsPerNine);
  for (let step = 0; step <= last; step++) {
    const quantile = 1 - 10 ** (-step / stepsPerNine);
    if (isAmongFailures({ count, failed }, quantile)) break;
    const valueMs = valueMsAt(histogram, Math.min(1, (quantile * all) / count));
    points.push({ quantile, valueMs, isCarried: isCarriedBy(all, quantile) });
  }
  return points;
}

function valueMsAt(histogram: Histogram, quantile: number): number {
  return histogram.getValueAtPercentile(quantile * 100) / 1000;
}
