import type { PercentileSummary } from "../stats/index.ts";
import { amount, count, nullable, number, object, text } from "./schema-builder.ts";

/**
 * Milliseconds. `ack` and `done` count from the intended send; `service` from the actual one; `lag` from the intended send to the last
 * line at a viewer.
 *
 * What never came ranks behind everything that did: a percentile whose rank lies among the failures is null ("no answer"), and with
 * any failure there is neither a mean nor a maximum.
 */
export interface LatencySummary extends PercentileSummary {
  /** HdrHistogram, compressed, base64; microseconds. Mergeable. */
  readonly histogram: string;
}

/** One stretch of a run's life, on one clock. The phases of a scenario add up to its end-to-end time. */
export interface Phase {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly p50Ms: number;
  readonly p99Ms: number | null;
  readonly meanMs: number;
  /** Of the mean end-to-end time; the last phase is the unexplained rest. */
  readonly share: number;
}

export const latencySchema = object<LatencySummary>(
  "One latency distribution. A percentile is null when there are too few samples for it (fewer than 10 beyond it), or when it falls among the failures: a sample without a value ranks behind every sample with one.",
  {
    count: count("Samples that have a value."),
    failed: count("Samples without a value: not accepted, not answered or not ended."),
    meanMs: nullable(amount("Arithmetic mean, milliseconds; null with any failure.")),
    p50Ms: nullable(amount("Median, milliseconds.")),
    p90Ms: nullable(amount("90th percentile, milliseconds.")),
    p95Ms: nullable(amount("95th percentile, milliseconds.")),
    p99Ms: nullable(amount("99th percentile, milliseconds.")),
    p999Ms: nullable(amount("99.9th percentile, milliseconds.")),
    maxMs: nullable(amount("Largest sample, milliseconds; null with any failure.")),
    histogram: text("HdrHistogram V2, compressed, base64; values in microseconds. Mergeable with others."),
  },
);

export const phaseSchema = object<Phase>("One part of a run's life, on one clock.", {
  name: text("What happens in it."),
  from: text("The moment it starts."),
  to: text("The moment it ends."),
  p50Ms: number("Median, milliseconds; the unexplained rest may be below zero."),
  p99Ms: nullable(number("99th percentile, milliseconds; null when there are too few samples.")),
  meanMs: number("Mean, milliseconds; the means of all phases add up to the mean end-to-end time."),
  share: number("Part of the mean end-to-end time; the shares add up to 1."),
});
