import { targetAttempts } from "../fault/target-shape.ts";
import { steadyTarget } from "../load/sink/target.ts";
import type { TargetMix, TargetPlan } from "../load/sink/target.ts";
import { made, object, optional } from "../shape/shape.ts";
import type { Shape } from "../shape/shape.ts";
import { duration } from "../shape/units.ts";

/** Where the calls of a workflow go. */
export interface Target {
  /** How long it takes to answer every call with 200. */
  readonly delayMs: number;
  /** What it does instead, by the attempt; null where it always answers with 200. */
  readonly attempts: readonly TargetMix[] | null;
}

/** As most scenarios have it. */
export const PROMPT: Target = { delayMs: 0, attempts: null };

/** The target of a scenario file. */
export const targetShape: Shape<Target> = made(
  object(
    "Where the workflow's calls go: a server of the benchmark's own.",
    {
      delay: optional(duration("How long it takes to answer every call with 200.", { maxMs: 600_000 }), null),
      attempts: optional(targetAttempts, null),
    },
    ({ delay, attempts }, at) => {
      if (typeof delay === "number" && Array.isArray(attempts))
        at.in("delay").report(
          "Beside `attempts` it has no meaning: each behaviour has a delay of its own.",
          "Leave out one of the two.",
        );
    },
  ),
  ({ delay, attempts }) => ({ delayMs: delay ?? 0, attempts }),
);

/** What the target does in a run of the benchmark; what it draws follows from the seed. */
export function targetPlan({ delayMs, attempts }: Target, seed: number): TargetPlan {
  return attempts === null ? steadyTarget(delayMs) : { seed, attempts };
}
