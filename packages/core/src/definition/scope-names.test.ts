import { describe, expect, it } from "vitest";
import type { WorkflowDefinition } from "./definition.ts";
import { scopeNames } from "./scope-names.ts";
import { validateDefinition } from "./validate.ts";

const step = { type: "transform@1", config: { expression: "input" } };

/** `hook → a → c → d`, `hook → b` */
const DEFINITION: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "s",
  nodes: { d: step, hook: { type: "webhook@1", config: {} }, a: step, b: step, c: step },
  edges: [
    { from: "hook", to: "a" },
    { from: "hook", to: "b" },
    { from: "a", to: "c" },
    { from: "c", to: "d" },
  ],
};
const ALWAYS = ["input", "headers", "query", "run.id", "run.startedAt", "now"];

function namesAt(id: string, definition = DEFINITION): string[] {
  return scopeNames(definition, id).map(({ name }) => name);
}

describe("scopeNames", () => {
  it("lists nodes on paths that lead to the node, in the document's order", () => {
    expect(namesAt("d")).toEqual([
      "input",
      "headers",
      "query",
      "nodes.hook.output",
      "nodes.a.output",
      "nodes.c.output",
      "run.id",
      "run.startedAt",
      "now",
    ]);
    expect(namesAt("b").filter((name) => name.startsWith("nodes."))).toEqual(["nodes.hook.output"]);
    expect(namesAt("hook")).toEqual(ALWAYS);
    expect(namesAt("nobody")).toEqual(ALWAYS);
  });

  it("leaves a node on a cycle out of its own scope", () => {
    const edges = [...DEFINITION.edges, { from: "d", to: "a" }];
    expect(namesAt("a", { ...DEFINITION, edges })).not.toContain("nodes.a.output");
  });

  it.each(Object.keys(DEFINITION.nodes).filter((id) => id !== "hook"))(
    "lists for %s exactly what validation lets pass",
    (id) => {
      const candidates = [
        ...ALWAYS,
        ...Object.keys(DEFINITION.nodes).flatMap((node) => [`nodes.${node}.output`, `nodes.${node}.status`]),
        "nodes.gone.output",
        "run.status",
        "body",
        "env",
      ];
      const passing = candidates.filter((expression) => {
        const nodes = { ...DEFINITION.nodes, [id]: { type: "transform@1", config: { expression } } };
        return !("issues" in validateDefinition({ ...DEFINITION, nodes }));
      });
      expect(passing.toSorted()).toEqual(namesAt(id).toSorted());
    },
  );
});
