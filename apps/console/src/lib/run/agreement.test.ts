import { formatTime, type RunResource } from "@meshhook/contract";
import { ExactNumber } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { asResources, CALLING, DELIVERY, ms, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { findDifference } from "./agreement.ts";
import { RecomputedRun } from "./recomputed-run.ts";

function canceled(): RecomputedRun {
  const run = new RecomputedRun(planOf(CALLING), RUN_ID);
  run.take(asResources([[DELIVERY], [{ kind: "cancel", at: ms(9), reason: "enough" }]]));
  return run;
}

const ended = { startedAt: formatTime(ms(0)), finishedAt: formatTime(ms(9)) };
const skipped = { status: "skipped", attempts: 0, finishedAt: ended.finishedAt } as const;
const pure = { status: "succeeded", attempts: 0, startedAt: ended.startedAt, finishedAt: ended.startedAt } as const;

const SERVER: RunResource = {
  id: RUN_ID,
  workflowId: "w",
  versionId: "v",
  status: "canceled",
  ...ended,
  origin: null,
  turn: null,
  children: [],
  steps: [
    { node: "hook", type: "webhook@1", ...pure, output: { b: 2, a: 1, id: "A/1" } },
    { node: "total", type: "transform@1", ...pure, output: 3 },
    { node: "send", type: "http_call@1", status: "canceled", attempts: 1, ...ended },
    { node: "pause", type: "delay@1", ...skipped },
    { node: "size", type: "branch@1", ...skipped },
    { node: "large", type: "terminate@1", ...skipped },
    { node: "small", type: "terminate@1", ...skipped },
  ],
  result: { status: "canceled", output: null, reason: "enough" },
};

describe("findDifference", () => {
  it("finds none if the server says the same, in any order", () => {
    expect(findDifference(canceled().run, SERVER)).toBeNull();
  });

  it("compares numbers that keep their digits as numbers", () => {
    const exact = (text: string): RunResource => ({
      ...SERVER,
      steps: SERVER.steps.map((step) => (step.node === "total" ? { ...step, output: new ExactNumber(text) } : step)),
    });
    const here = canceled().run;
    Object.assign(here.steps[1] ?? {}, { output: new ExactNumber("9007199254740993") });
    expect(findDifference(here, exact("9007199254740993"))).toBeNull();
    expect(findDifference(here, exact("9007199254740995"))).toMatchObject({ path: "steps.1.output" });
  });

  it("names the first place where the two differ, with both values", () => {
    const steps = SERVER.steps.map((step) => (step.node === "total" ? { ...step, output: 4 } : step));
    expect(findDifference(canceled().run, { ...SERVER, steps })).toEqual({
      path: "steps.1.output",
      here: 3,
      server: 4,
    });
    expect(findDifference(canceled().run, { ...SERVER, result: null })).toMatchObject({ path: "result", server: null });
    const extra = { ...SERVER, steps: [...SERVER.steps, ...SERVER.steps.slice(0, 1)] };
    expect(findDifference(canceled().run, extra)).toMatchObject({ path: "steps.7", here: undefined });
  });
});
