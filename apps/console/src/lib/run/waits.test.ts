import { childRunId, type Fact, type WorkflowDefinition } from "@meshhook/core";
import { expect, it } from "vitest";

import {
  ANSWERED,
  asResources,
  CALLING,
  DELIVERY,
  failed,
  ms,
  NESTED,
  planOf,
  RUN_ID,
} from "../../../test/run-histories.ts";
import { RecomputedRun } from "./recomputed-run.ts";
import { waitsOf, type Wait } from "./waits.ts";

const plan = planOf(CALLING);

function waits(segments: readonly (readonly Fact[])[], now: number): readonly Wait[] {
  const run = new RecomputedRun(plan, RUN_ID);
  run.take(asResources(segments));
  return waitsOf(run.picture(), plan, now);
}

it("says which answer a run waits for, without path and query", () => {
  expect(waits([[DELIVERY]], ms(5))).toEqual([
    { kind: "answer", node: "send", attempt: 1, target: "POST https://api.example.com", since: ms(0) },
  ]);
});

it("says when the next attempt is due, and waits for its answer from then on", () => {
  const history = [[DELIVERY], [failed(1, ms(50))]];
  expect(waits(history, ms(149))).toEqual([
    { kind: "retry", node: "send", attempt: 2, attemptsMax: 3, until: ms(150) },
  ]);
  expect(waits(history, ms(151))).toMatchObject([{ kind: "answer", attempt: 2, since: ms(150) }]);
});

it("says when a timer is due, and that it is due", () => {
  const history = [[DELIVERY], [failed(1, ms(50))], [failed(2, ms(200))], [ANSWERED]];
  expect(waits(history, ms(600))).toEqual([{ kind: "timer", node: "pause", until: ms(2_500) }]);
  expect(waits(history, ms(2_600))).toEqual([{ kind: "due", node: "pause", since: ms(2_500) }]);
});

it("says which signal a run waits for, and until when", () => {
  const approval = planOf({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "approval",
    timeoutMs: 60_000,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      approval: { type: "wait_for_signal@1", config: { name: "approve", timeoutMs: 5_000 } },
      open: { type: "wait_for_signal@1", config: { name: "done" } },
    },
    edges: [
      { from: "hook", to: "approval" },
      { from: "hook", to: "open" },
    ],
  });
  const run = new RecomputedRun(approval, RUN_ID);
  run.take(asResources([[DELIVERY]]));
  expect(waitsOf(run.picture(), approval, ms(5))).toEqual([
    { kind: "signal", node: "approval", name: "approve", until: ms(5_000) },
    { kind: "signal", node: "open", name: "done", until: null },
  ]);
});

it("says nothing about a run that has ended", () => {
  expect(waits([[DELIVERY], [{ kind: "cancel", at: ms(1) }]], ms(2))).toEqual([]);
});

it("names the run that a step waits for", () => {
  const calling: WorkflowDefinition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "parent",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      invoice: { type: "call_workflow@1", config: { workflow: "send-invoice" } },
    },
    edges: [{ from: "hook", to: "invoice" }],
  };
  const plan = planOf(calling);
  const run = new RecomputedRun(plan, RUN_ID);
  run.take(asResources([[DELIVERY]]));
  const runId = childRunId(RUN_ID, "invoice", ms(0));
  expect(waitsOf(run.picture(), plan, ms(5))).toEqual([
    { kind: "child", node: "invoice", runId, workflow: "send-invoice", since: ms(0) },
  ]);
  expect(run.picture().children).toEqual([{ node: "invoice", runId, workflow: "send-invoice" }]);
});

it("says in which iteration a step waits, where its loop is among the steps", () => {
  const nested = planOf(NESTED);
  const run = new RecomputedRun(nested, RUN_ID);
  run.take(asResources([[{ ...DELIVERY, body: { orders: [["a"]] } } as Fact]]));
  expect(waitsOf(run.picture(), nested, ms(5))).toEqual([
    {
      kind: "answer",
      node: "send",
      iteration: [0, 0],
      attempt: 1,
      target: "POST https://api.example.com",
      since: ms(0),
    },
  ]);
});
