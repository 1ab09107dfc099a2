import { choice, count, flag, nullable, number, object, optional, text } from "./schema-builder.ts";

/**
 * What a scenario's figures allow to say.
 *
 * - `passed`: the audit is clean, every limit holds, and no request failed that the scenario does not allow.
 * - `failed`: something is wrong with what was measured, and the machine is not the reason.
 * - `inconclusive`: it did not pass, and the figures cannot tell MeshHook's part from the machine's. Measure again.
 * - `void`: the figures do not answer the question at all: clocks that disagree, or a database that was not durable.
 */
export type ScenarioVerdict = "passed" | "failed" | "inconclusive" | "void";

/** One reason for a verdict that is not `passed`. */
export interface VerdictReason {
  readonly verdict: Exclude<ScenarioVerdict, "passed">;
  /** What is the case, with its figures. */
  readonly text: string;
  /** What to do next. */
  readonly next: string;
}

export interface ThresholdResult {
  /** As in `latency.ack.p99Ms <= 12`. */
  readonly expression: string;
  readonly actual: number | null;
  readonly holds: boolean;
  /**
   * `gate`: does not depend on the machine's speed, so a miss is a failure. `limit`: does, so a miss on a disturbed machine says
   * nothing. `precondition`: without it the scenario has not tried what it asks.
   */
  readonly kind: "gate" | "limit" | "precondition";
  /** Why this limit, in a few words. */
  readonly reason: string;
  /**
   * What the limit would be on this machine, whose processor, disk or scheduler is slower than where it was set; null where the machine
   * makes no difference. Absent in results of before December 2026, as is `blocks`.
   */
  readonly limitHere?: number | null;
  /** Of the judged blocks, those that miss it alone; null for gates, which are counted over all blocks together. */
  readonly blocks?: { readonly judged: number; readonly missed: number } | null;
}

export const reasonSchema = object<VerdictReason>("One reason for a verdict that is not `passed`.", {
  verdict: choice("The verdict it leads to.", ["failed", "inconclusive", "void"]),
  text: text("What is wrong, with figures."),
  next: text("What to do next."),
});

export const thresholdSchema = object<ThresholdResult>("One limit of the scenario and what was measured.", {
  expression: text("Such as `latency.ack.p99Ms <= 12`."),
  actual: nullable(number("Measured value; null when it was not measured, and then the limit does not hold.")),
  holds: flag("Whether the limit holds."),
  kind: choice(
    "`gate`: does not depend on the machine's speed. `limit`: depends on it. `precondition`: if missed, nothing was tested.",
    ["gate", "limit", "precondition"],
  ),
  reason: text("Why this limit, in a few words."),
  limitHere: optional(
    nullable(
      number(
        "What the limit would be on this machine, whose processor, disk or scheduler is slower than where it was set; null if they are not.",
      ),
    ),
  ),
  blocks: optional(
    nullable(
      object<NonNullable<ThresholdResult["blocks"]>>("How many blocks miss it; null for gates.", {
        judged: count("Blocks whose times count."),
        missed: count("Of these, blocks that miss the limit alone."),
      }),
    ),
  ),
});
