import { expect, it } from "vitest";
import { compile } from "../plan/compile.ts";
import { Frame } from "./frame.ts";
import { RunScope } from "./scope.ts";

it("a frame has a step for each node of its graph, and no others", () => {
  const plan = compile({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "small",
    nodes: { hook: { type: "webhook@1", config: {} } },
    edges: [],
  });
  const frame = new Frame(plan, null, 0, [], new RunScope({ headers: null, query: null, body: null }, "", ""));
  expect(frame.stepAt(0).node).toBe("hook");
  expect(() => frame.stepAt(1)).toThrow("A graph of 1 nodes has no node 1");
});
