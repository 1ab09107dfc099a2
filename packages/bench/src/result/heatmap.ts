import { amount, choice, count, list, number, object } from "./schema-builder.ts";

/** How many requests had which latency at which time: what a percentile of a whole load cannot show. */
export interface LatencyHeatmap {
  readonly of: "ack";
  /** Where the first column begins on the scenario's timeline. */
  readonly startMs: number;
  /** Width of a column. */
  readonly stepMs: number;
  /** Ends of the rows, ascending; row r holds what is at least `edgesMs[r]` and less than `edgesMs[r + 1]`. */
  readonly edgesMs: readonly number[];
  /** For each column, the requests due in it by row. */
  readonly counts: readonly (readonly number[])[];
  /** For each column, the requests due in it that were not accepted. */
  readonly failed: readonly number[];
}

export const heatmapSchema = object<LatencyHeatmap>(
  "Latencies over the scenario's timeline, as counts of requests by time and latency. Warm-up is included.",
  {
    of: choice("Which latency.", ["ack"]),
    startMs: number("Start of the first column on the scenario's timeline, milliseconds."),
    stepMs: amount("Width of a column, milliseconds."),
    edgesMs: list("Ends of the rows, ascending, one more than there are rows.", amount("Milliseconds.")),
    counts: list("One column for each step.", list("Accepted requests due in it, by row.", count("How many."))),
    failed: list("One for each step.", count("Requests due in it that were not accepted.")),
  },
);
