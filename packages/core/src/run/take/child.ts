import type { CallWorkflowStep, PlanNode } from "../../plan/plan.ts";
import type { ChildEffect } from "../effect.ts";
import type { ChildFact } from "../fact.ts";
import { outcomeOfChild } from "../kind/call-workflow.ts";
import { continueWith } from "../pass/continue.ts";
import { beginCounting, makePasses } from "../pass/passes.ts";
import type { RunState } from "../run-state.ts";
import { type AwaitingStep, awaitingStep } from "./awaiting-step.ts";

/** A child has ended, or it could not be started. */
export function takeChild(state: RunState, fact: ChildFact): void {
  const step = awaitingStep(state, fact.node, fact.iteration);
  if (step === null) return;
  if (!isCallingWorkflow(step) || step.effect.runId !== fact.runId) {
    state.ignored = "not_awaited";
    return;
  }
  state.moveTo(fact.at);
  state.countValue(fact.output);
  if (fact.status === "not_started") state.children = state.children.filter(({ runId }) => runId !== fact.runId);
  state.log.childEnded(step, fact);
  beginCounting(state);
  continueWith(state, step, outcomeOfChild(step.planNode.step, fact));
  makePasses(state);
}

/** A step that waits for the end of its child. */
type CallingWorkflowStep = AwaitingStep & {
  readonly effect: ChildEffect;
  readonly planNode: PlanNode & { readonly step: CallWorkflowStep };
};

function isCallingWorkflow(step: AwaitingStep): step is CallingWorkflowStep {
  return step.effect?.kind === "child";
}
