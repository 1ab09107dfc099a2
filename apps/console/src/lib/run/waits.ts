import { placeOf, type Effect, type Micros, type Plan } from "@meshhook/core";

import { topOf, type Place } from "./place.ts";
import type { RunPicture } from "./recomputed-run.ts";

/** One thing that a run is waiting for, with the step that waits. */
export type Wait = Place & Reason;

type Reason =
  | {
      readonly kind: "answer";
      readonly attempt: number;
      readonly target: string;
      readonly since: Micros;
    }
  | {
      readonly kind: "retry";
      /** The next attempt. */
      readonly attempt: number;
      readonly attemptsMax: number;
      readonly until: Micros;
    }
  | {
      readonly kind: "child";
      readonly runId: string;
      /** Its workflow's slug. */
      readonly workflow: string;
      readonly since: Micros;
    }
  | { readonly kind: "timer"; readonly until: Micros }
  | {
      readonly kind: "signal";
      readonly name: string;
      /** Null: for as long as it takes. */
      readonly until: Micros | null;
    }
  /** It is due; the fact that says so is being written to the journal. */
  | { readonly kind: "due"; readonly since: Micros };

/**
 * What a run is waiting for at a moment, in plan order. Empty for a run that has ended, and for one whose next fact is being written. The
 * time that a step or the run may take is not one of these things: it only limits them.
 */
export function waitsOf(picture: RunPicture, plan: Plan, now: Micros): readonly Wait[] {
  return picture.pending
    .flatMap((effect) => (effect.kind === "timeout" ? [] : [waitOf(effect, plan, now)]))
    .toSorted((left, right) => orderOf(left, plan) - orderOf(right, plan));
}

/** The steps of a body come where their loop is. */
function orderOf({ node }: Place, plan: Plan): number {
  return plan.indexById.get(topOf(plan, node)) ?? 0;
}

function waitOf(effect: Exclude<Effect, { readonly kind: "timeout" }>, plan: Plan, now: Micros): Wait {
  return { ...placeOf(effect), ...reasonOf(effect, plan, now) };
}

function reasonOf(effect: Exclude<Effect, { readonly kind: "timeout" }>, plan: Plan, now: Micros): Reason {
  if (effect.kind === "signal") return { kind: "signal", name: effect.name, until: effect.dueAt };
  const { dueAt } = effect;
  if (effect.kind === "timer") return dueAt > now ? { kind: "timer", until: dueAt } : { kind: "due", since: dueAt };
  if (effect.kind === "child") {
    const { runId, workflow } = effect;
    return { kind: "child", runId, workflow, since: dueAt };
  }
  if (dueAt > now && effect.attempt > 1) {
    const step = plan.nodeById.get(effect.node)?.step;
    const attemptsMax = step !== undefined && "retry" in step ? step.retry.attemptsMax : effect.attempt;
    return { kind: "retry", attempt: effect.attempt, attemptsMax, until: dueAt };
  }
  return { kind: "answer", attempt: effect.attempt, target: effect.target, since: dueAt };
}
