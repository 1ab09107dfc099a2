import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import type { LatencySummary } from "../result/result.ts";
import { summarizeHistogram } from "../stats/index.ts";

/** Collects durations in microseconds: three significant digits from 1 µs to an hour, in bounded memory. */
export class LatencyRecorder {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HOUR_US,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });

  #sumUs = 0;

  /** A negative duration (two clocks that differ by a few microseconds) counts as zero, one beyond an hour as an hour. */
  record(us: number): void {
    const value = Math.min(HOUR_US, Math.max(0, Math.round(us)));
    this.#histogram.recordValue(value);
    this.#sumUs += value;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Exact, unlike one from the histogram's buckets: means of several recorders may be added up. */
  get meanMs(): number {
    return this.count === 0 ? 0 : this.#sumUs / this.count / 1_000;
  }

  /** Milliseconds, whether or not the count carries that percentile; null when nothing was recorded. */
  percentileMs(percent: number): number | null {
    return this.count === 0 ? null : this.#histogram.getValueAtPercentile(percent) / 1_000;
  }

  summary(): LatencySummary {
    return { ...summarizeHistogram(this.#histogram), histogram: encodeIntoCompressedBase64(this.#histogram) };
  }
}

const HOUR_US = 3_600_000_000;
