import type { ChildRun, WorkflowDefinition } from "@meshhook/core";
import { expect, it } from "vitest";

import { planOf } from "../../../test/run-histories.ts";
import { childrenOf } from "./child-runs.ts";

const DEFINITION: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "parent",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    first: { type: "call_workflow@1", config: { workflow: "one" } },
    each: {
      type: "loop@1",
      config: {
        items: "input.lines",
        body: { nodes: { ship: { type: "call_workflow@1", config: { workflow: "two" } } }, edges: [] },
      },
    },
  },
  edges: [
    { from: "hook", to: "first" },
    { from: "first", to: "each" },
  ],
};
const FIRST: ChildRun = { node: "first", runId: "a", workflow: "one" };
const SHIPPED: ChildRun = { node: "ship", iteration: [1], runId: "b", workflow: "two" };

it("gives a step its own children, and a loop or an iteration those of the steps in its body", () => {
  const plan = planOf(DEFINITION);
  expect(childrenOf({ node: "first" }, [FIRST, SHIPPED], plan)).toEqual([FIRST]);
  expect(childrenOf({ node: "each" }, [FIRST, SHIPPED], plan)).toEqual([SHIPPED]);
  expect(childrenOf({ node: "each", iteration: [1] }, [FIRST, SHIPPED], plan)).toEqual([SHIPPED]);
  expect(childrenOf({ node: "ship", iteration: [0] }, [FIRST, SHIPPED], plan)).toEqual([]);
  expect(childrenOf({ node: "hook" }, [FIRST, SHIPPED], plan)).toEqual([]);
});
