import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RetryPolicy } from "../plan/plan.ts";
import type { CallFailureCode, FailureFact, ResponseFact } from "./fact.ts";
import { backoffMs, decideRetry, type FailedAttempt } from "./retry.ts";

const POLICY: RetryPolicy = {
  attemptsMax: 5,
  baseMs: 500,
  factor: 2,
  capMs: 60_000,
  jitter: "none",
  elapsedMsMax: 3_600_000,
  honorRetryAfter: true,
  onStatus: [
    { from: 429, to: 429 },
    { from: 500, to: 599 },
  ],
  onTimeout: true,
  onNetwork: true,
};
/** 2026-11-24T00:00:00Z */
const AT = 1_795_478_400_000_000;

function response(status: number, headers: { readonly [name: string]: string } = {}): ResponseFact {
  return { kind: "response", at: AT, node: "send", attempt: 1, durationUs: 1, status, headers, body: null };
}

function failure(code: CallFailureCode): FailureFact {
  return { kind: "failure", at: AT, node: "send", attempt: 1, durationUs: 1, code, message: "" };
}

function failed(change: Partial<FailedAttempt> = {}): FailedAttempt {
  return { runId: "r", node: "send", attempt: 1, fact: response(503), failedAt: AT, firstAt: AT, ...change };
}

describe("decideRetry", () => {
  it("waits base, then factor times as long each time, at most the cap", () => {
    const waits = [1, 2, 3, 4].map((attempt) => decideRetry({ ...POLICY, capMs: 1500 }, failed({ attempt })).dueAt);
    expect(waits).toEqual([500_000, 1_000_000, 1_500_000, 1_500_000].map((wait) => AT + wait));
  });

  it("stops after the last attempt", () => {
    expect(decideRetry(POLICY, failed({ attempt: 5 }))).toEqual({ dueAt: null, reason: "attempts_exhausted" });
    expect(decideRetry({ ...POLICY, attemptsMax: 1 }, failed())).toEqual({ dueAt: null, reason: "attempts_exhausted" });
  });

  it("starts no attempt after the time for attempts, but one exactly at its end", () => {
    const firstAt = AT - 3_600_000_000;
    expect(decideRetry(POLICY, failed({ firstAt: firstAt + 500_000 }))).toMatchObject({ dueAt: AT + 500_000 });
    expect(decideRetry(POLICY, failed({ firstAt: firstAt + 499_999 }))).toEqual({
      dueAt: null,
      reason: "time_exhausted",
    });
  });

  it.each([429, 500, 503, 599])("retries after %i", (status) => {
    expect(decideRetry(POLICY, failed({ fact: response(status) })).dueAt).not.toBeNull();
  });

  it.each([400, 404, 408, 428, 430, 499, 600])("does not retry after %i", (status) => {
    expect(decideRetry(POLICY, failed({ fact: response(status) }))).toEqual({ dueAt: null, reason: "not_retryable" });
  });

  it("retries after timeouts and broken connections if the policy says so", () => {
    for (const code of ["timeout", "network"] as const) {
      expect(decideRetry(POLICY, failed({ fact: failure(code) })).dueAt).not.toBeNull();
      expect(
        decideRetry({ ...POLICY, onTimeout: false, onNetwork: false }, failed({ fact: failure(code) })).dueAt,
      ).toBeNull();
    }
  });

  it.each(["tls", "forbidden_target", "response_too_large", "outcome_unknown"] as const)(
    "never tries again after %s",
    (code) => {
      expect(decideRetry(POLICY, failed({ fact: failure(code) }))).toEqual({ dueAt: null, reason: "not_retryable" });
    },
  );

  it("lets Retry-After postpone an attempt beyond the cap, never bring it forward", () => {
    const after = (value: string): unknown =>
      decideRetry(POLICY, failed({ fact: response(503, { "retry-after": value }) }));
    expect(after("90")).toEqual({ dueAt: AT + 90_000_000, retryAfter: "honored" });
    expect(after("0")).toEqual({ dueAt: AT + 500_000, retryAfter: "honored" });
    expect(after("Mon, 23 Nov 2026 00:00:00 GMT")).toEqual({ dueAt: AT + 500_000, retryAfter: "honored" });
  });

  it("clamps Retry-After to the time for attempts, and ignores what it cannot read or should not honor", () => {
    const fact = response(503, { "retry-after": "999999" });
    expect(decideRetry(POLICY, failed({ fact }))).toEqual({ dueAt: AT + 3_600_000_000, retryAfter: "clamped" });
    expect(decideRetry(POLICY, failed({ fact: response(503, { "retry-after": "soon" }) }))).toEqual({
      dueAt: AT + 500_000,
      retryAfter: "ignored",
    });
    expect(decideRetry({ ...POLICY, honorRetryAfter: false }, failed({ fact }))).toEqual({
      dueAt: AT + 500_000,
      retryAfter: "absent",
    });
  });

  it("gives a time from the failure to the end of the time for attempts, whatever the policy and the header", () => {
    const policies = fc.record({
      attemptsMax: fc.integer({ min: 1, max: 20 }),
      baseMs: fc.integer({ min: 0, max: 60_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      capMs: fc.integer({ min: 0, max: 3_600_000 }),
      jitter: fc.constantFrom("full", "none"),
      elapsedMsMax: fc.integer({ min: 0, max: 86_400_000 }),
    });
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 20 }),
        fc.option(fc.oneof(fc.nat().map(String), fc.string())),
        fc.nat(10_000_000),
        (policy, attempt, header, elapsedUs) => {
          const attempted = failed({
            attempt,
            firstAt: AT - elapsedUs,
            fact: response(503, header === null ? {} : { "retry-after": header }),
          });
          const { dueAt } = decideRetry({ ...POLICY, ...policy }, attempted);
          if (dueAt === null) return;
          expect(Number.isInteger(dueAt)).toBe(true);
          expect(dueAt).toBeGreaterThanOrEqual(AT);
          expect(dueAt).toBeLessThanOrEqual(attempted.firstAt + policy.elapsedMsMax * 1000);
        },
      ),
    );
  });
});

describe("backoffMs", () => {
  it("draws full jitter from run, node and attempt: always the same, spread over the whole range", () => {
    const draw = (runId: string, attempt: number): number =>
      backoffMs({ ...POLICY, jitter: "full" }, { runId, node: "send", attempt });
    expect(draw("r", 1)).toBe(draw("r", 1));
    expect(draw("r", 1)).not.toBe(draw("q", 1));
    const draws = Array.from({ length: 1000 }, (_, index) => draw(`run ${index}`, 2));
    expect(Math.min(...draws)).toBeLessThan(50);
    expect(Math.max(...draws)).toBeGreaterThan(950);
    expect(Math.max(...draws)).toBeLessThan(1000);
  });
});
