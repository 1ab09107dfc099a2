import { amount, choice, count, flag, list, nullable, number, object, text } from "./schema-builder.ts";

/** What MeshHook did with one load, for plots of latency over throughput. */
export interface LoadPoint {
  /** Webhooks that were due per second; null where senders wait for their answers. */
  readonly offeredPerSecond: number | null;
  /** Of a closed load; null in an open one. */
  readonly senders: number | null;
  /** Runs that ended per second. */
  readonly achievedPerSecond: number;
  readonly ackP50Ms: number | null;
  readonly ackP99Ms: number | null;
  readonly doneP50Ms: number | null;
  readonly doneP99Ms: number | null;
  /** Blocks that it rests on. */
  readonly blocks: number;
}

/** The boundary between rates at which every limit holds with a flat backlog, and rates at which not. */
export interface RateSearchResult {
  /** The highest rate that passed; null when none did. */
  readonly lastPassingPerSecond: number | null;
  /** The lowest rate that failed; null when none did. */
  readonly firstFailingPerSecond: number | null;
  /** Whether the highest rate that passed also did so for `sustainMs`; otherwise it is a burst. */
  readonly isSustained: boolean;
  readonly sustainMs: number;
  /** What was missed at the first failing rate, in words. */
  readonly binding: readonly string[];
  /** `boundary`: found. `maximum`: nothing failed. `minimum`: nothing passed. `probes`: they ran out first. `stopped`: the benchmark was. */
  readonly because: "boundary" | "maximum" | "minimum" | "probes" | "stopped";
  /** In the order in which they were tried. */
  readonly probes: readonly RateProbe[];
}

/** One rate that was tried. */
export interface RateProbe {
  /** The block that it was, counted from 1. */
  readonly block: number;
  /** `bracket` doubles the rate, `bisect` halves the gap, `sustain` holds the rate for longer. */
  readonly phase: "bracket" | "bisect" | "sustain";
  readonly ratePerSecond: number;
  readonly achievedPerSecond: number;
  readonly ackP50Ms: number | null;
  readonly ackP99Ms: number | null;
  readonly durationMs: number;
  /** Whether every limit held. */
  readonly holds: boolean;
  /** Whether webhooks that were due and runs that ended kept pace. */
  readonly isBacklogFlat: boolean;
  /** Webhooks a second by which those that are due and not over became more; negative where they became fewer. */
  readonly backlogGrowthPerSecond: number;
  /** What was missed, in words; null when it passed. */
  readonly binding: string | null;
}

const milliseconds = (what: string) =>
  nullable(amount(`${what}, milliseconds; null where too few samples carry it, and among failures.`));

export const curveSchema = list(
  "What MeshHook did with each load that was tried, by rate or by senders, in ascending order.",
  object<LoadPoint>("One load.", {
    offeredPerSecond: nullable(amount("Webhooks that were due per second; null where senders wait for their answers.")),
    senders: nullable(count("Senders that wait for their answers; null in an open model.")),
    achievedPerSecond: amount("Runs that ended per second."),
    ackP50Ms: milliseconds("Median time to the acknowledgement"),
    ackP99Ms: milliseconds("99th percentile of the time to the acknowledgement"),
    doneP50Ms: milliseconds("Median time to the end of the run"),
    doneP99Ms: milliseconds("99th percentile of the time to the end of the run"),
    blocks: count("Blocks that it rests on."),
  }),
);

export const searchSchema = object<RateSearchResult>(
  "The highest rate at which every limit holds and the backlog stays flat.",
  {
    lastPassingPerSecond: nullable(amount("The highest rate that passed; null when none did.")),
    firstFailingPerSecond: nullable(amount("The lowest rate that failed; null when none did.")),
    isSustained: flag("Whether the highest rate that passed also did so over the longer time."),
    sustainMs: amount("The longer time, milliseconds."),
    binding: list("What was missed at the first failing rate.", text("In words.")),
    because: choice(
      "Why the search ended. `boundary`: found. `maximum`: nothing failed. `minimum`: nothing passed. `probes`: they ran out first. `stopped`: the benchmark was stopped.",
      ["boundary", "maximum", "minimum", "probes", "stopped"],
    ),
    probes: list(
      "In the order in which they were tried.",
      object<RateProbe>("One rate that was tried.", {
        block: count("The block that it was, counted from 1."),
        phase: choice("`bracket` doubles the rate, `bisect` halves the gap, `sustain` holds the rate for longer.", [
          "bracket",
          "bisect",
          "sustain",
        ]),
        ratePerSecond: amount("Webhooks that were due per second."),
        achievedPerSecond: amount("Runs that ended per second."),
        ackP50Ms: milliseconds("Median time to the acknowledgement"),
        ackP99Ms: milliseconds("99th percentile of the time to the acknowledgement"),
        durationMs: amount("Measured time, milliseconds."),
        holds: flag("Whether every limit held."),
        isBacklogFlat: flag("Whether webhooks that were due and runs that ended kept pace."),
        backlogGrowthPerSecond: number(
          "Webhooks a second by which those that are due and not over became more; negative where they became fewer.",
        ),
        binding: nullable(text("What was missed, in words; null when it passed.")),
      }),
    ),
  },
);
