import type { Scope } from "../../expression/index.ts";
import type { HttpCallStep } from "../../plan/plan.ts";
import type { Micros } from "../../time.ts";
import { mayHaveActed } from "../call-outcome.ts";
import type { CallEffect } from "../effect.ts";
import type { FailureFact, ResponseFact } from "../fact.ts";
import type { Outcome } from "../outcome.ts";
import { idempotencyKey, prepareRequest } from "../request.ts";
import { decideRetry, type RetryDecision } from "../retry.ts";
import { stepKey, type StepPlace } from "../step-key.ts";

/** The run and the moment that a call belongs to. */
export interface CallMoment {
  readonly runId: string;
  readonly semantics: number;
  readonly now: Micros;
}

/** @param again  Gives what the step's expressions saw, whenever the request is rendered again. */
export function runCall(
  call: HttpCallStep,
  place: StepPlace,
  scope: Scope,
  again: () => Scope,
  { runId, semantics, now }: CallMoment,
): Outcome {
  const key = idempotencyKey(runId, stepKey(place));
  const { target, requestBytes, request } = prepareRequest(call, { scope, key, semantics }, again);
  const { timeoutMs, atMostOnce, limits, breaker } = call;
  const effect: CallEffect = {
    kind: "call",
    ...place,
    attempt: 1,
    dueAt: now,
    target,
    requestBytes,
    request,
    timeoutMs,
    atMostOnce,
  };
  const isGated = limits !== null || breaker !== null;
  return { kind: "waiting", effect: isGated ? { ...effect, gate: { limits, breaker } } : effect };
}

/** Decides whether a failed attempt is followed by another one, as far as the policy and not the run's budget goes. */
export function retryOf(
  call: HttpCallStep,
  effect: CallEffect,
  fact: ResponseFact | FailureFact,
  { runId, semantics, now }: CallMoment,
  firstAt: Micros,
): RetryDecision {
  if (call.atMostOnce && mayHaveActed(call, fact, semantics)) {
    return { dueAt: null, reason: semantics === 1 ? "not_retryable" : "may_have_acted" };
  }
  return decideRetry(call.retry, {
    runId,
    node: stepKey(effect),
    attempt: fact.attempt,
    fact,
    failedAt: now,
    firstAt,
  });
}
