import type { Fact } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { asResources, DELIVERY, ms, NESTED, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { attemptsByStep } from "./attempts.ts";
import { failedFirst, iterationsOf, type Iterations } from "./iterations.ts";
import type { Place } from "./place.ts";
import { RecomputedRun } from "./recomputed-run.ts";

const plan = planOf(NESTED);
const ORDERS: Fact = { ...DELIVERY, body: { orders: [["a", "b"], ["c"], ["d"]] } } as Fact;

function answered(order: number, line: number, status: number, at: number): Fact {
  const iteration = [order, line];
  return {
    kind: "response",
    at,
    node: "send",
    iteration,
    attempt: 1,
    durationUs: 10_000,
    status,
    headers: {},
    body: "",
  };
}

function fold(...segments: readonly (readonly Fact[])[]): RecomputedRun {
  const run = new RecomputedRun(plan, RUN_ID);
  run.take(asResources(segments));
  return run;
}

function iterations(run: RecomputedRun, loop: Place): Iterations {
  return iterationsOf(run.picture(), plan, run.run, loop);
}

describe("the iterations of a loop", () => {
  it("are those that have begun, with how and when they ended, in nested loops too", () => {
    const run = fold([ORDERS], [answered(0, 0, 200, ms(20))], [answered(0, 1, 400, ms(50))]);
    const { items, begun } = iterations(run, { node: "orders" });
    expect(items).toBe(3);
    expect(begun.map(({ index, status, error }) => [index, status, error?.code])).toEqual([
      [0, "failed", "loop_failed"],
      [1, "waiting", undefined],
    ]);
    expect(begun[0]).toMatchObject({ startedAt: ms(0), endedAt: ms(50) });
    expect(begun[1]).toMatchObject({ startedAt: ms(50), endedAt: null });
    const lines = iterations(run, { node: "lines", iteration: [0] });
    expect(lines.begun.map(({ status, error }) => [status, error?.code])).toEqual([
      ["succeeded", undefined],
      ["failed", "http_status"],
    ]);
    expect(failedFirst(lines.begun).map(({ index }) => index)).toEqual([1, 0]);
    expect(iterations(run, { node: "lines", iteration: [2] })).toEqual({ items: 0, begun: [] });
  });

  it("are canceled when the run ends before them", () => {
    const run = fold([ORDERS], [{ kind: "cancel", at: ms(5) }]);
    expect(iterations(run, { node: "orders" }).begun).toMatchObject([{ index: 0, status: "canceled", endedAt: null }]);
  });

  it("include those that a resumed run kept", () => {
    const error = { code: "loop_failed", message: "The only iteration failed", node: "lines" };
    const resumed = fold([
      {
        ...ORDERS,
        origin: { kind: "resume", runId: RUN_ID, node: "send", iteration: [2, 0] },
        kept: [
          {
            node: "orders",
            items: [["a", "b"], ["c"], ["d"]],
            ended: [
              { index: 0, error },
              { index: 1, result: null },
            ],
            open: [2],
          },
        ],
      } as Fact,
    ]);
    expect(iterations(resumed, { node: "orders" }).begun).toMatchObject([
      { index: 0, status: "failed", isKept: true, error },
      { index: 1, status: "succeeded", isKept: true },
      { index: 2, status: "waiting", isKept: false },
    ]);
  });
});

it("attempts of a call in a loop belong to its iteration", () => {
  const run = fold([ORDERS], [answered(0, 0, 200, ms(20))]);
  const attempts = attemptsByStep(run.picture());
  expect([...attempts.keys()]).toEqual(["send-0.0", "send-0.1"]);
  expect(attempts.get("send-0.0")).toMatchObject([{ number: 1, outcome: { status: 200 } }]);
  expect(attempts.get("send-0.1")).toMatchObject([{ number: 1, outcome: null }]);
});
