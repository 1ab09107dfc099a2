import { expect, test } from "vitest";
import { callOf, checkTargetPlan, drawBehaviour, onlyBehaviour, statusOf, steadyTarget } from "./target.ts";
import type { Delay, TargetPlan } from "./target.ts";

const mixed: TargetPlan = {
  seed: 7,
  attempts: [
    [
      { share: 0.7, kind: "answer", status: 200 },
      { share: 0.2, kind: "answer", status: 500 },
      { share: 0.1, kind: "hang" },
    ],
    [{ share: 1, kind: "answer", status: 429, retryAfter: 2 }],
    [{ share: 1, kind: "answer", status: 200 }],
  ],
};

test("each behaviour gets its share of the calls", () => {
  const counts = [0, 0, 0];
  for (let n = 0; n < 20_000; n += 1) counts[drawBehaviour(mixed, `run-${String(n)}`, 1).index]! += 1;
  // Five standard deviations of a binomial distribution around each share.
  for (const [index, share] of [0.7, 0.2, 0.1].entries())
    expect(Math.abs(counts[index]! - 20_000 * share)).toBeLessThan(5 * Math.sqrt(20_000 * share * (1 - share)));
});

test("the same call meets the same at the same attempt; another seed, call or attempt may not", () => {
  const drawn = (seed: number, call: string) => drawBehaviour({ ...mixed, seed }, call, 1).index;
  const calls = Array.from({ length: 200 }, (_, n) => `run-${String(n)}`);
  expect(calls.map((call) => drawn(7, call))).toEqual(calls.map((call) => drawn(7, call)));
  expect(calls.map((call) => drawn(7, call))).not.toEqual(calls.map((call) => drawn(8, call)));
  expect(drawBehaviour(mixed, "any", 2).behaviour).toMatchObject({ status: 429, retryAfter: 2 });
  expect([3, 4, 99].map((attempt) => drawBehaviour(mixed, "any", attempt).behaviour)).toEqual(
    Array.from({ length: 3 }, () => ({ share: 1, kind: "answer", status: 200 })),
  );
});

test.for<{ readonly delay: Delay; readonly p50: number; readonly p99: number; readonly most: number }>([
  { delay: { kind: "fixed", time: 50 }, p50: 50, p99: 50, most: 50 },
  { delay: { kind: "uniform", min: 10, max: 110 }, p50: 60, p99: 109, most: 110 },
  // The quantile q of an exponential distribution is −mean · ln(1 − q).
  { delay: { kind: "exponential", mean: 100, max: 1_000 }, p50: 69.3, p99: 460.5, most: 1_000 },
  { delay: { kind: "lognormal", median: 40, p99: 400, max: 2_000 }, p50: 40, p99: 400, most: 2_000 },
])("delays follow their distribution: $delay.kind", ({ delay, p50, p99, most }) => {
  const plan: TargetPlan = {
    seed: 3,
    attempts: [[{ share: 1, kind: "answer", status: 200, delay }]],
  };
  const delays = Array.from({ length: 50_000 }, (_, n) => drawBehaviour(plan, `run-${String(n)}`, 1).delayMs);
  const sorted = delays.toSorted((a, b) => a - b);
  // Within 3 % at the median and 8 % at the 99th percentile: more than five standard errors of 50,000 draws.
  expect(Math.abs(sorted[25_000]! / p50 - 1)).toBeLessThan(0.03);
  expect(Math.abs(sorted[49_500]! / p99 - 1)).toBeLessThan(0.08);
  expect(sorted.at(-1)!).toBeLessThanOrEqual(most);
});

test("calls are told apart by run and key; a call without either is one of its own", () => {
  expect(callOf("run", "key", 1)).toBe(callOf("run", "key", 2));
  expect(callOf("run", "key", 1)).not.toBe(callOf("run", "other", 1));
  expect(callOf("", "", 1)).not.toBe(callOf("", "", 2));
});

test("where nothing is left to be drawn, the one behaviour is known before", () => {
  expect(onlyBehaviour(steadyTarget(50))).toMatchObject({ index: 0, delayMs: 50 });
  expect(onlyBehaviour(mixed)).toBeNull();
  const delay: Delay = { kind: "uniform", min: 1, max: 2 };
  const drawn: TargetPlan = {
    seed: 1,
    attempts: [[{ share: 1, kind: "answer", status: 200, delay }]],
  };
  expect(onlyBehaviour(drawn)).toBeNull();
});

test("a complete answer has a status; a hang, a reset and broken HTTP have none", () => {
  expect(statusOf({ kind: "answer", status: 503 })).toBe(503);
  expect(statusOf({ kind: "drip", status: 404, bytes: 5, every: 1 })).toBe(404);
  expect(statusOf({ kind: "huge", bytes: 5, framing: "length" })).toBe(200);
  expect(statusOf({ kind: "stale", after: 0 })).toBe(200);
  expect(statusOf({ kind: "broken", how: "bad-json" })).toBe(200);
  expect(statusOf({ kind: "broken", how: "not-http" })).toBeNull();
  expect(statusOf({ kind: "hang" })).toBeNull();
  expect(statusOf({ kind: "reset", when: "in-body" })).toBeNull();
});

test("plans that cannot be are refused, with the mix and its figures", () => {
  const planOf = (...shares: number[]): TargetPlan => ({
    seed: 1,
    attempts: [shares.map((share) => ({ share, kind: "hang" }))],
  });
  expect(() => checkTargetPlan(planOf(0.5, 0.4))).toThrow(
    "The mix of attempt 1 has shares that add up to 0.9 instead of 1. Change a share so that they do.",
  );
  expect(() => checkTargetPlan(planOf(1.5, -0.5))).toThrow("has a share of 1.5. Shares are above 0 and at most 1.");
  expect(() => checkTargetPlan(planOf())).toThrow("add up to 0");
  expect(() => checkTargetPlan({ seed: 1, attempts: [] })).toThrow("needs a mix of behaviours");
  checkTargetPlan(planOf(0.1, 0.2, 0.7));
});
