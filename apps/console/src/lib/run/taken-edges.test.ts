import { expect, it } from "vitest";

import { ANSWERED, asResources, CALLING, DELIVERY, failed, ms, planOf, RUN_ID } from "../../../test/run-histories.ts";
import { RecomputedRun } from "./recomputed-run.ts";
import { isTaken } from "./taken-edges.ts";

it("follows the port of a wait for a signal: out if it came, timeout if it did not", () => {
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "approval",
    nodes: {
      hook: { type: "webhook@1", config: {} },
      approval: { type: "wait_for_signal@1", config: { name: "approve", timeoutMs: 1_000 } },
      yes: { type: "transform@1", config: { expression: "now" } },
      no: { type: "transform@1", config: { expression: "now" } },
    },
    edges: [
      { from: "hook", to: "approval" },
      { from: "approval", to: "yes" },
      { from: "approval", port: "timeout", to: "no" },
    ],
  } as const;
  const takenAfter = (fact: Parameters<typeof asResources>[0][number][number]): string[] => {
    const run = new RecomputedRun(planOf(definition), RUN_ID);
    run.take(asResources([[DELIVERY], [fact]]));
    const steps = new Map(run.picture().steps.map((step) => [step.node, step]));
    return definition.edges.filter((edge) => isTaken(edge, steps.get(edge.from))).map(({ to }) => to);
  };
  expect(takenAfter({ kind: "signal", at: ms(5), signal: "1", name: "approve", payload: null })).toEqual([
    "approval",
    "yes",
  ]);
  expect(takenAfter({ kind: "timeout", at: ms(1_001), node: "approval" })).toEqual(["approval", "no"]);
});

it("follows the ports that steps took", () => {
  const definition = { ...CALLING, edges: [...CALLING.edges, { from: "send", port: "error", to: "small" }] };
  const taken = (...facts: Parameters<typeof asResources>[0]): string[] => {
    const run = new RecomputedRun(planOf(definition), RUN_ID);
    run.take(asResources([[DELIVERY], ...facts]));
    const steps = new Map(run.picture().steps.map((step) => [step.node, step]));
    return definition.edges
      .filter((edge) => isTaken(edge, steps.get(edge.from)))
      .map(({ from, to }) => `${from} ${to}`);
  };
  expect(taken()).toEqual(["hook total", "total send"]);
  expect(taken([failed(1, ms(1), 400)])).toEqual(["hook total", "total send", "send small"]);
  const timer = { kind: "timer", node: "pause", at: ms(2_600) } as const;
  expect(taken([{ ...ANSWERED, attempt: 1 } as typeof ANSWERED], [timer])).toEqual([
    "hook total",
    "total send",
    "send pause",
    "pause size",
    "size small",
  ]);
});
