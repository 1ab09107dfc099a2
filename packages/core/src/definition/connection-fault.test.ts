import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectionFault } from "./connection-fault.ts";
import type { EdgeDefinition, WorkflowDefinition } from "./definition.ts";
import { validateDefinition } from "./validate.ts";

const TYPES = {
  step: { type: "transform@1", config: { expression: "input" } },
  gate: { type: "branch@1", config: { condition: "input" } },
  call: { type: "http_call@1", config: { url: "https://api.example.com/" } },
  end: { type: "terminate@1", config: {} },
};
const NODES = {
  hook: { type: "webhook@1", config: {} },
  a: TYPES.step,
  b: TYPES.gate,
  c: TYPES.call,
  d: TYPES.end,
};

/** `hook → a → b → c → d` */
const DEFINITION: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "s",
  nodes: NODES,
  edges: [
    { from: "hook", to: "a" },
    { from: "a", to: "b" },
    { from: "b", port: "true", to: "c" },
    { from: "c", to: "d" },
  ],
};

describe("connectionFault", () => {
  it.each<[EdgeDefinition, string | null, string]>([
    [{ from: "b", port: "false", to: "d" }, null, ""],
    [{ from: "a", to: "c" }, null, ""],
    [{ from: "hook", to: "nobody" }, "edge_unknown_node", 'The edge ends at "nobody", which does not exist.'],
    [{ from: "toString", to: "a" }, "edge_unknown_node", 'The edge starts at "toString", which does not exist.'],
    [{ from: "b", to: "d" }, "edge_unknown_port", 'The node "b" (branch@1) has no port "out".'],
    [
      { from: "c", port: "eror", to: "d" },
      "edge_unknown_port",
      'The node "c" (http_call@1) has no port "eror", did you mean "error"?',
    ],
    [{ from: "d", to: "a" }, "edge_from_terminate", 'The edge leaves "d", a terminate@1 node, which ends the run.'],
    [{ from: "a", to: "hook" }, "edge_into_webhook", 'The edge from "a" ends at the webhook "hook".'],
    [{ from: "a", port: "out", to: "b" }, "edge_duplicate", 'The edge from "a" (out) to "b" repeats edge 1.'],
    [{ from: "a", to: "a" }, "cycle", "The edges form a cycle: a → a."],
    [{ from: "c", port: "error", to: "a" }, "cycle", "The edges form a cycle: a → b → c → a."],
  ])("%j: %s", (edge, code, message) => {
    const fault = connectionFault(DEFINITION, edge);
    expect([fault?.code ?? null, fault?.message ?? ""]).toEqual([code, message]);
  });

  it("does not hold against an edge what is wrong elsewhere", () => {
    const nodes = { hook: NODES.hook, a: TYPES.step, b: TYPES.step, odd: { type: "unheard@1", config: {} } };
    const edges = [
      { from: "a", to: "a" },
      { from: "gone", to: "b" },
    ];
    const draft = { ...DEFINITION, nodes, edges };
    expect(connectionFault(draft, { from: "a", to: "b" })).toBeNull();
    expect(connectionFault(draft, { from: "odd", port: "any", to: "b" })).toBeNull();
  });

  it("gives what validation would say of the edge, and nothing where validation has nothing to say", () => {
    const ids = Object.keys(NODES);
    const arbitraryEdge = fc.record(
      {
        from: fc.constantFrom(...ids, "x"),
        port: fc.constantFrom("out", "true", "false", "error"),
        to: fc.constantFrom(...ids, "x"),
      },
      { requiredKeys: ["from", "to"] },
    );
    // Drawn one by one as a person would, each only where it may be.
    const drawn = fc
      .array(arbitraryEdge, { maxLength: 12 })
      .map((candidates) =>
        candidates.reduce<EdgeDefinition[]>(
          (edges, edge) => (connectionFault({ ...DEFINITION, edges }, edge) === null ? edges.concat(edge) : edges),
          [],
        ),
      );
    fc.assert(
      fc.property(drawn, arbitraryEdge, (edges, edge) => {
        const result = validateDefinition({ ...DEFINITION, edges: [...edges, edge] });
        const issues = "issues" in result ? result.issues.filter(({ path }) => path.startsWith("/edges/")) : [];
        const fault = connectionFault({ ...DEFINITION, edges }, edge);
        // Of several cycles that one edge closes, each names one.
        const comparable = issues.map((issue) =>
          issue.code === "cycle" ? { ...issue, message: fault?.message } : issue,
        );
        expect(fault).toEqual(comparable[0] ?? null);
      }),
      { numRuns: 1000 },
    );
  });
});
