import type { HttpCallStep, PlanNode } from "../../plan/plan.ts";
import { roundNumbers } from "../../round-numbers.ts";
import { callError, callOutput, isSuccess } from "../call-outcome.ts";
import type { CallEffect } from "../effect.ts";
import type { FailureFact, IntentFact, ResponseFact } from "../fact.ts";
import { retryOf } from "../kind/call.ts";
import { succeeded } from "../outcome.ts";
import { continueWith } from "../pass/continue.ts";
import { exhaust, failStep } from "../pass/fail.ts";
import { beginCounting, makePasses } from "../pass/passes.ts";
import type { RunState } from "../run-state.ts";
import { type AwaitingStep, awaitingStep } from "./awaiting-step.ts";

/** An at-most-once call is about to be sent. */
export function takeIntent(state: RunState, fact: IntentFact): void {
  const step = awaitingStep(state, fact.node, fact.iteration);
  if (step === null) return;
  const { effect } = step;
  if (effect?.kind !== "call" || !effect.atMostOnce || effect.attempt !== fact.attempt || step.hasIntent) {
    state.ignored = "not_awaited";
    return;
  }
  state.moveTo(fact.at);
  step.hasIntent = true;
  state.log.attemptStarted(step, effect);
}

/** A call was answered, or it failed without an answer. */
export function takeAnswer(state: RunState, recorded: ResponseFact | FailureFact): void {
  const { semantics } = state;
  const fact =
    recorded.kind === "response" && semantics === 1 ? { ...recorded, body: roundNumbers(recorded.body) } : recorded;
  const step = awaitingStep(state, fact.node, fact.iteration);
  if (step === null) return;
  if (!isCalling(step) || step.effect.attempt !== fact.attempt) {
    state.ignored = "not_awaited";
    return;
  }
  state.moveTo(fact.at);
  if (fact.kind === "response") state.countValue(fact.body);
  beginCounting(state);
  if (fact.kind === "response" && isSuccess(step.planNode.step, fact, semantics)) {
    state.log.attemptSucceeded(step, fact);
    continueWith(state, step, succeeded(callOutput(fact, semantics)));
  } else {
    failAttempt(state, step, fact);
  }
  makePasses(state);
}

/** A step that waits for the answer to its call. */
type CallingStep = AwaitingStep & {
  effect: CallEffect;
  readonly planNode: PlanNode & { readonly step: HttpCallStep };
};

function isCalling(step: AwaitingStep): step is CallingStep {
  return step.effect?.kind === "call";
}

function failAttempt(state: RunState, step: CallingStep, fact: ResponseFact | FailureFact): void {
  const { runId, semantics, lastAt } = state;
  const { effect } = step;
  const call = step.planNode.step;
  let retry = retryOf(call, effect, fact, { runId, semantics, now: lastAt }, step.startedAt);
  if (retry.dueAt !== null && state.unitsLeft < 0) retry = { dueAt: null, reason: "run_budget" };
  state.log.attemptFailed(step, fact, retry);
  if (retry.dueAt !== null) {
    step.attempts = fact.attempt + 1;
    step.hasIntent = false;
    step.effect = { ...effect, attempt: step.attempts, dueAt: retry.dueAt };
    state.request(step.effect);
    return;
  }
  if (retry.reason === "run_budget") {
    exhaust(state, step);
    return;
  }
  const error = callError(step.node, call, effect, fact, semantics);
  failStep(state, step, error, fact.kind === "response" ? callOutput(fact, semantics) : null);
}
