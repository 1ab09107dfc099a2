import { describe, expect, it } from "vitest";
import type { WorkflowDefinition } from "../definition/definition.ts";
import type { Json } from "../json.ts";
import { compile } from "./compile.ts";

const hook = { type: "webhook@1", config: {} };
const DEFINITION: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "s",
  nodes: {
    zeta: { type: "transform@1", config: { expression: "input" } },
    join: {
      type: "http_call@1",
      config: { url: "https://x.example/", semantics: "at-most-once", retry: { on: ["timeout", "503"] } },
    },
    alpha: { type: "branch@1", config: { condition: "input" } },
    hook,
  },
  edges: [
    { from: "zeta", to: "join" },
    { from: "alpha", port: "true", to: "join" },
    { from: "alpha", port: "false", to: "join" },
    { from: "hook", to: "zeta" },
    { from: "hook", to: "alpha" },
  ],
};

describe("compile", () => {
  it("puts the webhook first, then nodes as they become possible, the smallest id first", () => {
    const plan = compile(DEFINITION);
    expect(plan.nodes.map(({ id }) => id)).toEqual(["hook", "alpha", "zeta", "join"]);
    expect(plan.nodes.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(plan.indexById.get("join")).toBe(3);
    expect(plan.nodes[3]?.incoming).toBe(3);
    expect(plan.nodes[1]?.outgoing).toEqual([
      { port: "false", to: 3 },
      { port: "true", to: 3 },
    ]);
  });

  it("fills in defaults and reads retry reasons", () => {
    expect(compile(DEFINITION).nodes[3]?.step).toMatchObject({
      method: "POST",
      body: null,
      headers: [],
      timeoutMs: 30_000,
      responseBytesMax: 1_048_576,
      atMostOnce: true,
      retry: {
        attemptsMax: 5,
        baseMs: 500,
        factor: 2,
        capMs: 60_000,
        jitter: "full",
        elapsedMsMax: 3_600_000,
        onTimeout: true,
        onNetwork: false,
        onStatus: [{ from: 503, to: 503 }],
      },
    });
  });

  it.each<[method: string, config: { readonly [name: string]: Json }, statuses: readonly number[]]>([
    ["GET", {}, [301, 302, 303, 307, 308]],
    ["HEAD", {}, [301, 302, 303, 307, 308]],
    ["OPTIONS", {}, [301, 302, 303, 307, 308]],
    ["POST", {}, [303, 307, 308]],
    ["DELETE", {}, [303, 307, 308]],
    ["PUT", { redirects: "browser" }, [301, 302, 303, 307, 308]],
    ["POST", { redirects: "browser", retry: { on: ["302"] } }, [301, 303, 307, 308]],
    ["POST", { retry: { on: ["3xx"] } }, []],
    ["GET", { redirects: "none" }, []],
  ])("says which redirects of a %s with %j are followed", (method, config, statuses) => {
    const nodes = { hook, a: { type: "http_call@1", config: { url: "https://x.example/", method, ...config } } };
    const plan = compile({ ...DEFINITION, nodes, edges: [{ from: "hook", to: "a" }] });
    expect(plan.nodes[1]?.step).toMatchObject({ redirects: { statuses, max: 5 } });
  });

  it.each<[string, Partial<WorkflowDefinition>, string]>([
    [
      "an unknown type",
      { nodes: { hook: { type: "nope@1", config: {} } }, edges: [] },
      'The node "hook" has the unknown type "nope@1"',
    ],
    [
      "a bad config",
      { nodes: { hook, a: { type: "transform@1", config: { expression: "(" } } }, edges: [] },
      "/nodes/a/config/expression",
    ],
    [
      "no webhook",
      { nodes: { a: { type: "transform@1", config: { expression: "input" } } }, edges: [] },
      "No node that starts a run",
    ],
    ["a cycle", { edges: [...DEFINITION.edges, { from: "join", to: "zeta" }] }, "The edges form a cycle"],
    ["a dangling edge", { edges: [{ from: "hook", to: "gone" }] }, "starts or ends at a node that does not exist"],
  ])("refuses %s", (_name, changes, message) => {
    expect(() => compile({ ...DEFINITION, ...changes })).toThrow(message);
  });
});
