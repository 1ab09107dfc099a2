import { expect, test } from "vitest";
import { judge } from "./threshold.ts";

const RESULT = { latency: { ack: { p99Ms: 11.5, p999Ms: null } }, work: { a: 0.07, b: 0.05 }, audit: { lost: 0 } };

function holds(metric: string, operator: "<=" | "<" | ">=" | "==", limit: number): boolean | undefined {
  return judge([{ metric, operator, limit, reason: "test" }], RESULT)[0]?.holds;
}

test("a threshold compares a metric, or a sum of metrics, with its limit", () => {
  expect(holds("latency.ack.p99Ms", "<=", 12)).toBe(true);
  expect(holds("latency.ack.p99Ms", "<=", 11)).toBe(false);
  expect(holds("work.a + work.b", "<=", 0.1)).toBe(false);
  expect(holds("work.a + work.b", ">=", 0.1)).toBe(true);
  expect(holds("audit.lost", "==", 0)).toBe(true);
  expect(holds("audit.lost", "<", 0)).toBe(false);
});

test("what was not measured does not hold", () => {
  expect(holds("latency.ack.p999Ms", "<=", 1_000)).toBe(false);
  expect(holds("latency.done.p99Ms", "<=", 1_000)).toBe(false);
});

test("the expression and the reason are kept; without a kind it is a limit", () => {
  expect(judge([{ metric: "audit.lost", operator: "==", limit: 0, reason: "why" }], RESULT)).toEqual([
    { expression: "audit.lost == 0", actual: 0, holds: true, kind: "limit", reason: "why" },
  ]);
});
