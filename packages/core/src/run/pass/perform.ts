import { hasOverspent, limitUnits, ranOutOfUnits } from "../../expression/budget.ts";
import { evaluate } from "../../expression/evaluate.ts";
import type { HttpCallStep } from "../../plan/plan.ts";
import { HistoryError } from "../history-error.ts";
import { runBranch } from "../kind/branch.ts";
import { runCall } from "../kind/call.ts";
import { runCallWorkflow } from "../kind/call-workflow.ts";
import { runDelay } from "../kind/delay.ts";
import { runLoop } from "../kind/loop.ts";
import { runTemplate } from "../kind/template.ts";
import { runTerminate } from "../kind/terminate.ts";
import { runWaitForSignal } from "../kind/wait-for-signal.ts";
import { runXmlJson } from "../kind/xml-json.ts";
import { type Outcome, succeeded } from "../outcome.ts";
import { explainFailure } from "../request.ts";
import type { RunState } from "../run-state.ts";
import { namesSeenBy, scopeAt } from "../scope.ts";
import { RUN_LIMITS } from "../semantics.ts";
import { placeOfStep, type Step } from "../step.ts";
import { continueWith } from "./continue.ts";
import { exhaust, failStep } from "./fail.ts";

/** Runs a step, within its limit of units. */
export function perform(state: RunState, step: Step): void {
  step.startedAt = state.lastAt;
  if (step.planNode.isRacing) step.seen = namesSeenBy(step);
  if (hasOverspent()) {
    exhaust(state, step);
    return;
  }
  if (state.semantics > 1) limitUnits(RUN_LIMITS.stepUnits);
  let outcome: Outcome;
  try {
    outcome = outcomeOf(state, step);
  } catch (error) {
    if (ranOutOfUnits()) exhaust(state, step);
    else failStep(state, step, { ...explainFailure(error), node: step.node }, null);
    return;
  }
  continueWith(state, step, outcome);
}

/** @throws ExpressionError, RequestError */
function outcomeOf(state: RunState, step: Step): Outcome {
  const { frame, node, planNode } = step;
  const { scope } = frame;
  scope.now = state.now;
  const kind = planNode.step;
  switch (kind.type) {
    case "webhook@1":
    case "schedule@1":
      throw new HistoryError("history_start", `Node "${node}" is a second start of plan ${state.plan.hash}`);
    case "transform@1":
      return succeeded(evaluate(kind.expression, scope));
    case "template@1":
      return runTemplate(kind, scope);
    case "xml_json@1":
      return runXmlJson(node, kind, scope);
    case "branch@1":
      return runBranch(kind, scope);
    case "http_call@1":
    case "emit@1":
      return call(state, step, kind);
    case "call_workflow@1": {
      const calling = { runId: state.runId, origin: state.origin, now: state.lastAt };
      return runCallWorkflow(kind, placeOfStep(step), scope, calling);
    }
    case "delay@1":
      return runDelay(kind, placeOfStep(step), scope, state.lastAt);
    case "wait_for_signal@1":
      return runWaitForSignal(kind, placeOfStep(step), scope, state.lastAt, state.signals);
    case "loop@1":
      return runLoop(step, kind, scope);
    case "terminate@1":
    default:
      return runTerminate(node, kind, scope);
  }
}

/** A function of its own, because each call of a function that makes a closure costs an object, whether it comes to the closure or not. */
function call({ runId, semantics, lastAt, now }: RunState, step: Step, kind: HttpCallStep): Outcome {
  const moment = { runId, semantics, now: lastAt };
  return runCall(kind, placeOfStep(step), step.frame.scope, () => scopeAt(step, now), moment);
}
