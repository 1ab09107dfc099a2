import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import type { LatencySummary } from "../result/result.ts";
import { isAmongFailures, summarizeHistogram } from "../stats/index.ts";

/**
 * Collects durations in microseconds: three significant digits from 1 µs to an hour. Its memory depends on the longest duration and not on
 * how many there are: 18 kB and 4 kB for each doubling beyond 2 ms, at most 112 kB.
 */
export class LatencyRecorder {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    // Grows to the longest duration: a long load has a recorder for each of its seconds.
    autoResize: true,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });

  readonly #buckets = new Int32Array(BUCKETS);

  #sumUs = 0;

  #failed = 0;

  /** Several as one: counts add up bucket by bucket. */
  static merged(recorders: readonly LatencyRecorder[]): LatencyRecorder {
    const merged = new LatencyRecorder();
    for (const recorder of recorders) {
      merged.#histogram.add(recorder.#histogram);
      merged.#sumUs += recorder.#sumUs;
      merged.#failed += recorder.#failed;
      for (const [bucket, count] of recorder.buckets) merged.#buckets[bucket] = (merged.#buckets[bucket] ?? 0) + count;
    }
    return merged;
  }

  /** A negative duration (two clocks that differ by a few microseconds) counts as zero, one beyond an hour as an hour. */
  record(us: number): void {
    const value = Math.min(HOUR_US, Math.max(0, Math.round(us)));
    this.#histogram.recordValue(value);
    this.#sumUs += value;
    const bucket = bucketOf(value);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** Something that should have come and never did: it ranks behind everything recorded. */
  fail(times = 1): void {
    this.#failed += times;
  }

  /** Of those that never came. */
  get failed(): number {
    return this.#failed;
  }

  /** How many durations lie in each bucket of half a percent: enough to draw thousands of resamples from. */
  get buckets(): ReadonlyMap<number, number> {
    const filled = new Map<number, number>();
    this.#buckets.forEach((count, bucket) => {
      if (count > 0) filled.set(bucket, count);
    });
    return filled;
  }

  /** Of those that came. */
  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Of those that came. Exact, unlike one from the histogram's buckets: means of several recorders may be added up. */
  get meanMs(): number {
    return this.count === 0 ? 0 : this.#sumUs / this.count / 1_000;
  }

  /**
   * Milliseconds, whether or not the count carries that percentile; null when nothing was recorded, or when its rank lies among what
   * never came.
   */
  percentileMs(percent: number): number | null {
    const { count } = this;
    const failed = this.#failed;
    if (count === 0 || isAmongFailures({ count, failed }, percent / 100)) return null;
    return this.#histogram.getValueAtPercentile(Math.min(100, (percent * (count + failed)) / count)) / 1_000;
  }

  summary(): LatencySummary {
    return {
      ...summarizeHistogram(this.#histogram, this.#failed),
      histogram: encodeIntoCompressedBase64(this.#histogram),
    };
  }
}

const BUCKETS_PER_E = 200;

function bucketOf(us: number): number {
  return Math.round(BUCKETS_PER_E * Math.log(us + 1));
}

/** What the durations of a bucket stand for, milliseconds. */
export function bucketMs(bucket: number): number {
  return Math.max(0, Math.exp(bucket / BUCKETS_PER_E) - 1) / 1_000;
}

const HOUR_US = 3_600_000_000;
const BUCKETS = bucketOf(HOUR_US) + 1;
