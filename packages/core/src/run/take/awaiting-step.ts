import type { Micros } from "../../time.ts";
import type { RunState } from "../run-state.ts";
import type { Step } from "../step.ts";

/** A step that waits has begun. */
export type AwaitingStep = Step & { readonly startedAt: Micros };

/** The waiting step that a fact belongs to. Null if there is none; then the reason is noted. */
export function awaitingStep(state: RunState, node: string, iteration?: readonly number[]): AwaitingStep | null {
  const step = state.find(node, iteration);
  if (state.status === "running" && step !== null && isWaiting(step)) return step;
  const isToCome = step?.status === "pending" && !step.frame.isAbandoned;
  state.ignored = state.status !== "running" ? "run_over" : isToCome ? "not_awaited" : "step_over";
  return null;
}

function isWaiting(step: Step): step is AwaitingStep {
  return step.status === "waiting";
}
