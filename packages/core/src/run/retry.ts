import type { RetryPolicy } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import type { FailureFact, ResponseFact } from "./fact.ts";
import { Random } from "./random.ts";
import { parseRetryAfterMs } from "./retry-after.ts";

/** An attempt that failed, as the policy sees it. */
export interface FailedAttempt {
  readonly runId: string;
  readonly node: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly fact: ResponseFact | FailureFact;
  /** When the failure became known: the time of the fact. */
  readonly failedAt: Micros;
  /** When the first attempt started. */
  readonly firstAt: Micros;
}

/** `dueAt` null: no further attempt, because of `reason`. */
export type RetryDecision =
  | { readonly dueAt: Micros; readonly retryAfter: RetryAfterUse }
  | { readonly dueAt: null; readonly reason: NoRetryReason };

/** `may_have_acted`: an at-most-once call that may have taken effect. `run_budget`: the run has used up its budget. */
export type NoRetryReason = "not_retryable" | "attempts_exhausted" | "time_exhausted" | "may_have_acted" | "run_budget";

/** How the answer's `Retry-After` was used; `absent` also when the policy does not honor it. */
export type RetryAfterUse = "absent" | "honored" | "clamped" | "ignored";

/**
 * Decides after a failed attempt whether and when there is another.
 *
 * Pure: the jitter is drawn from a generator seeded with run, node and attempt. `Retry-After` may postpone the next attempt beyond the
 * policy's backoff and its `capMs`, but never bring it forward, and is clamped to the rest of `elapsedMsMax`.
 */
export function decideRetry(policy: RetryPolicy, failed: FailedAttempt): RetryDecision {
  if (!isRetryable(policy, failed.fact)) return { dueAt: null, reason: "not_retryable" };
  if (failed.attempt >= policy.attemptsMax) return { dueAt: null, reason: "attempts_exhausted" };
  const lastStartAt = failed.firstAt + policy.elapsedMsMax * 1000;
  const backoffAt = failed.failedAt + Math.round(backoffMs(policy, failed) * 1000);
  if (backoffAt > lastStartAt) return { dueAt: null, reason: "time_exhausted" };

  const header = failed.fact.kind === "response" ? failed.fact.headers["retry-after"] : undefined;
  if (header === undefined || !policy.honorRetryAfter) return { dueAt: backoffAt, retryAfter: "absent" };
  const retryAfterMs = parseRetryAfterMs(header, failed.failedAt);
  if (retryAfterMs === null) return { dueAt: backoffAt, retryAfter: "ignored" };
  const askedAt = failed.failedAt + retryAfterMs * 1000;
  if (askedAt > lastStartAt) return { dueAt: lastStartAt, retryAfter: "clamped" };
  return { dueAt: Math.max(askedAt, backoffAt), retryAfter: "honored" };
}

/**
 * Says whether the policy retries after this outcome.
 *
 * Never after `tls`, `forbidden_target`, `response_too_large`, `redirect_failed`, `outcome_unknown`, `secret_missing`, `secret_invalid`,
 * `link_unavailable` and `circuit_open`: another attempt would end in the same way or might act twice.
 */
function isRetryable(policy: RetryPolicy, fact: ResponseFact | FailureFact): boolean {
  if (fact.kind === "response") {
    return policy.onStatus.some((match) => fact.status >= match.from && fact.status <= match.to);
  }
  if (fact.code === "timeout") return policy.onTimeout;
  if (fact.code === "network" || fact.code === "response_unreadable") return policy.onNetwork;
  return false;
}

/**
 * The wait before the next attempt: `baseMs · factor^(attempt − 1)`, at most `capMs`; with full jitter a uniform draw below that.
 * Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs(
  policy: RetryPolicy,
  failed: { readonly runId: string; readonly node: string; readonly attempt: number },
): number {
  const ceilingMs = Math.min(policy.capMs, policy.baseMs * power(policy.factor, failed.attempt - 1));
  if (policy.jitter === "none") return ceilingMs;
  return ceilingMs * new Random(`${failed.runId}/${failed.node}/${failed.attempt}`).fraction();
}

/** By multiplication only, because the language leaves the last digits of `Math.pow` to the implementation, and a replay must be exact. */
function power(factor: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent && result < Number.MAX_SAFE_INTEGER; i += 1) result *= factor;
  return result;
}
