import type { Effect, Micros, Plan } from "@meshhook/core";

import type { RunPicture } from "./recomputed-run.ts";

/** One thing that a run is waiting for. */
export type Wait =
  | {
      readonly kind: "answer";
      readonly node: string;
      readonly attempt: number;
      readonly target: string;
      readonly since: Micros;
    }
  | {
      readonly kind: "retry";
      readonly node: string;
      /** The next attempt. */
      readonly attempt: number;
      readonly attemptsMax: number;
      readonly until: Micros;
    }
  | {
      readonly kind: "child";
      readonly node: string;
      readonly runId: string;
      /** Its workflow's slug. */
      readonly workflow: string;
      readonly since: Micros;
    }
  | { readonly kind: "timer"; readonly node: string; readonly until: Micros }
  | {
      readonly kind: "signal";
      readonly node: string;
      readonly name: string;
      /** Null: for as long as it takes. */
      readonly until: Micros | null;
    }
  /** It is due; the fact that says so is being written to the journal. */
  | { readonly kind: "due"; readonly node: string; readonly since: Micros };

/**
 * What a run is waiting for at a moment, in plan order. Empty for a run that has ended, and for one whose next fact is being written. The
 * time that a step or the run may take is not one of these things: it only limits them.
 */
export function waitsOf(picture: RunPicture, plan: Plan, now: Micros): readonly Wait[] {
  return picture.pending
    .flatMap((effect) => (effect.kind === "timeout" ? [] : [waitOf(effect, plan, now)]))
    .toSorted((left, right) => (plan.indexById.get(left.node) ?? 0) - (plan.indexById.get(right.node) ?? 0));
}

function waitOf(effect: Exclude<Effect, { readonly kind: "timeout" }>, plan: Plan, now: Micros): Wait {
  const { node } = effect;
  if (effect.kind === "signal") return { kind: "signal", node, name: effect.name, until: effect.dueAt };
  const { dueAt } = effect;
  if (effect.kind === "timer")
    return dueAt > now ? { kind: "timer", node, until: dueAt } : { kind: "due", node, since: dueAt };
  if (effect.kind === "child") {
    const { runId, workflow } = effect;
    return { kind: "child", node, runId, workflow, since: dueAt };
  }
  if (dueAt > now && effect.attempt > 1) {
    const step = plan.nodes[plan.indexById.get(node) ?? 0]?.step;
    const attemptsMax = step !== undefined && "retry" in step ? step.retry.attemptsMax : effect.attempt;
    return { kind: "retry", node, attempt: effect.attempt, attemptsMax, until: dueAt };
  }
  return { kind: "answer", node, attempt: effect.attempt, target: effect.target, since: dueAt };
}
