import { amount, count, flag, list, nullable, number, object, optional, record, text } from "./schema-builder.ts";
import { anomaliesSchema } from "./anomaly.ts";
import type { BlockAnomaly } from "./anomaly.ts";
import { warmUpSchema } from "./repetition.ts";
import type { WarmUpResult } from "./repetition.ts";
import { disturbanceSchema } from "./trust.ts";
import type { Disturbance } from "./trust.ts";

/** How quick the machine was between two blocks, without anything of MeshHook in it. */
export interface CanaryReading {
  /** A fixed piece of computing, the best of several readings. */
  readonly cpuMs: number;
  /** A write of 8 kB and its flush on the database's disk, median. */
  readonly flushMs: number;
  /** A message to another process over the loopback interface and its answer, median. */
  readonly roundTripMs: number;
}

/** One of the repetitions of a scenario. Blocks of different scenarios take turns. */
export interface Block {
  readonly startedAtMs: number;
  /** The measured part on the scenario's own timeline, in which blocks follow each other without the time between them. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whether its times count: those of disturbed blocks do not where enough others were quiet. Counts always count. */
  readonly isJudged: boolean;
  /** What shows that others used the machine during it. */
  readonly disturbances: readonly Disturbance[];
  /** Whether the generator could back it. */
  readonly isBacked: boolean;
  readonly canary: { readonly before: CanaryReading; readonly after: CanaryReading } | null;
  /** Resident memory of MeshHook's processes before its first request: over all blocks of a suite, what it does not give back. */
  readonly meshhookRssBytes: number | null;
  /** Percentiles by the name of their distribution. A block is short, so these are for comparison with its like only. */
  readonly latency: { readonly [name: string]: BlockLatency };
  readonly completedPerSecond: number | null;
  /** Limits that this block alone misses. */
  readonly missed: readonly string[];
  /** What stands out in its series. Absent in results of before December 2026, as is `warmUp`. */
  readonly anomalies?: readonly BlockAnomaly[];
  readonly warmUp?: WarmUpResult;
}

export interface BlockLatency {
  readonly count: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** The range of a figure over the blocks. */
export interface FigureInterval {
  readonly low: number;
  readonly high: number;
  /** Of confidence, as in 0.95; null where the blocks are too few for one: then `low` and `high` are the smallest and largest block. */
  readonly level: number | null;
  readonly blocks: number;
}

export const canaryReadingSchema = object<CanaryReading>("How quick the machine was, without MeshHook.", {
  cpuMs: amount("A fixed piece of computing, the best of several readings, milliseconds."),
  flushMs: amount("A write of 8 kB and its flush on the database's disk, median, milliseconds."),
  roundTripMs: amount("A message to another process over the loopback interface and its answer, median, milliseconds."),
});

const block = object<Block>("One repetition of the scenario. Blocks of different scenarios take turns.", {
  startedAtMs: amount("Start, Unix milliseconds."),
  fromMs: amount(
    "Start of its measured part on the scenario's timeline, where blocks follow each other without the time between them, milliseconds.",
  ),
  untilMs: amount("End of its measured part on that timeline, milliseconds."),
  isJudged: flag("Whether its times count. Those of disturbed blocks do not if enough others were quiet."),
  disturbances: list("Signs that others used the machine during it.", disturbanceSchema),
  isBacked: flag("Whether the load generator kept up."),
  canary: nullable(
    object<NonNullable<Block["canary"]>>("The machine before and after it.", {
      before: canaryReadingSchema,
      after: canaryReadingSchema,
    }),
  ),
  meshhookRssBytes: nullable(
    count("Resident memory of MeshHook's processes before its first request, bytes; null when not sampled."),
  ),
  latency: record(
    "Percentiles by the name of the distribution.",
    object<BlockLatency>("Percentiles of a short block, for comparison with other blocks only.", {
      count: count("Samples that have a value."),
      failed: count("Samples without a value."),
      p50Ms: nullable(amount("Median, milliseconds.")),
      p99Ms: nullable(amount("99th percentile, milliseconds; null among failures and with fewer than 300 samples.")),
    }),
  ),
  completedPerSecond: nullable(amount("Runs that ended per second; null when the audit is not clean.")),
  missed: list("Limits that this block alone misses.", text("A threshold.")),
  anomalies: optional(anomaliesSchema),
  warmUp: optional(warmUpSchema),
});

export const intervalsSchema = record(
  "Ranges of figures over the judged blocks, by the figure's path, as in `latency.ack.p99Ms`.",
  object<FigureInterval>("The range of one figure.", {
    low: number("Lower end."),
    high: number("Upper end."),
    level: nullable(
      amount(
        "Confidence level; null if there are too few blocks for one. Then the range is from the smallest to the largest block.",
      ),
    ),
    blocks: count("Blocks that it rests on."),
  }),
);

export const optionalBlocks = optional(list("The repetitions, in the order they ran.", block));
