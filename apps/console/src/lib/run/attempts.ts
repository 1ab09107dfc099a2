import {
  stepKey,
  type CallEffect,
  type FailureFact,
  type Micros,
  type ResponseFact,
  type RunEvent,
} from "@meshhook/core";

import type { RunPicture } from "./recomputed-run.ts";

/** One attempt of a call, with what is known about it. */
export interface Attempt {
  readonly node: string;
  readonly number: number;
  /** The request; the same for all attempts except for number and time. */
  readonly call: CallEffect;
  /** When it was due: at once, or after the pause that followed the previous attempt. */
  readonly dueAt: Micros;
  /** When the call was sent; known once it has ended. */
  readonly sentAt: Micros | null;
  readonly endedAt: Micros | null;
  readonly outcome: ResponseFact | FailureFact | null;
  readonly isFailed: boolean;
  /** The next attempt's time as an API time, and whether the target asked for it; null when there is none. */
  readonly next: { readonly at: string; readonly retryAfter: string | null } | null;
  /** Why there was no further attempt after a failure. */
  readonly noRetry: string | null;
}

/** Every attempt of every call, by step (`stepKey`) and in order. */
export function attemptsByStep(picture: RunPicture): ReadonlyMap<string, readonly Attempt[]> {
  const outcomes = new Map<string, ResponseFact | FailureFact>();
  for (const { fact, ignored } of picture.facts) {
    if ((fact.kind === "response" || fact.kind === "failure") && ignored === null)
      outcomes.set(`${stepKey(fact)}/${fact.attempt}`, fact);
  }
  const failures = new Map<string, FailedAttemptData>();
  for (const event of picture.events) {
    if (event.type === "attempt.failed" && event.node !== undefined) {
      const data = dataOf(event);
      const { node, iteration } = event;
      failures.set(`${stepKey(iteration === undefined ? { node } : { node, iteration })}/${data.attempt}`, data);
    }
  }
  return new Map(
    Array.from(picture.calls, ([key, calls]) => [key, calls.map((call) => attemptOf(call, outcomes, failures))]),
  );
}

interface FailedAttemptData {
  readonly attempt: number;
  readonly nextAttemptAt?: string;
  readonly noRetry?: string;
  readonly retryAfter?: string;
}

function dataOf(event: RunEvent): FailedAttemptData {
  return event.data as unknown as FailedAttemptData;
}

function attemptOf(
  call: CallEffect,
  outcomes: ReadonlyMap<string, ResponseFact | FailureFact>,
  failures: ReadonlyMap<string, FailedAttemptData>,
): Attempt {
  const name = `${stepKey(call)}/${call.attempt}`;
  const outcome = outcomes.get(name) ?? null;
  const failure = failures.get(name);
  return {
    node: call.node,
    number: call.attempt,
    call,
    dueAt: call.dueAt,
    sentAt: outcome === null ? null : Math.max(call.dueAt, outcome.at - outcome.durationUs),
    endedAt: outcome?.at ?? null,
    outcome,
    isFailed: failure !== undefined,
    next:
      failure?.nextAttemptAt === undefined
        ? null
        : { at: failure.nextAttemptAt, retryAfter: failure.retryAfter ?? null },
    noRetry: failure?.noRetry ?? null,
  };
}
