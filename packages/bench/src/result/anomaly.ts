import { amount, choice, list, nullable, number, object } from "./schema-builder.ts";
import { CAUSES } from "./tail.ts";
import type { CauseName } from "./tail.ts";

/** A stretch of a block that stands out against the time around it. */
export interface BlockAnomaly {
  /** On the scenario's timeline, milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly metric: AnomalyMetric;
  /** The value that is furthest away, and what is usual around it. */
  readonly value: number;
  readonly usual: number;
  /** By how much of the usual value: 0.5 reads "half more", -0.5 "half less". */
  readonly change: number;
  /** What explains most of it: a fault of the scenario, or what was seen meanwhile; null when nothing does. */
  readonly cause: CauseName | null;
}

/** `acked`: answers per second. `ack`: median time to the answer. `meshhookCpu`, `postgresCpu`: cores. */
export type AnomalyMetric = "acked" | "ack" | "meshhookCpu" | "postgresCpu";

export const anomaliesSchema = list(
  "Stretches that stand out against the time around them.",
  object<BlockAnomaly>("One stretch.", {
    fromMs: amount("Beginning on the scenario's timeline, milliseconds."),
    untilMs: amount("End, milliseconds."),
    metric: choice(
      "`acked`: answers per second. `ack`: median time to the answer, milliseconds. `meshhookCpu`, `postgresCpu`: cores.",
      ["acked", "ack", "meshhookCpu", "postgresCpu"],
    ),
    value: number("The value that is furthest away."),
    usual: number("What is usual around it."),
    change: number("By how much of the usual value: 0.5 is half more, -0.5 half less."),
    cause: nullable(
      choice(
        "What explains most of it, as in the attribution of the tail; null when nothing that was watched does.",
        CAUSES,
      ),
    ),
  }),
);
