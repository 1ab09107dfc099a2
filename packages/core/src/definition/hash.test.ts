import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonInput } from "../json-input.ts";
import type { WorkflowDefinition } from "./definition.ts";
import { definitionHash } from "./hash.ts";
import { validateDefinition } from "./validate.ts";

const BASE = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "s",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    z: { type: "transform@1", config: { expression: "input" } },
    a: { type: "transform@1", config: { expression: "input.a" } },
    end: { type: "terminate@1", config: { output: { x: 1, y: [1, 2] } } },
  },
  edges: [
    { from: "hook", to: "z" },
    { from: "hook", to: "a" },
    { from: "z", to: "end" },
    { from: "a", to: "end" },
  ],
};

function valid(document: unknown): { hash: string; order: readonly string[] } {
  const result = validateDefinition(document);
  if ("issues" in result) throw new Error(JSON.stringify(result.issues));
  return {
    hash: result.hash,
    order: result.plan.nodes.map(
      ({ id, outgoing }) => `${id}>${outgoing.map(({ port, to }) => `${port}${to}`).join()}`,
    ),
  };
}

/** The same JSON with the keys of every object in another order. */
function reordered(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((element) => reordered(element, seed));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, member], index) => [((index + 1) * 7919 + seed) % 101, key, reordered(member, seed)] as const,
  );
  return Object.fromEntries(entries.toSorted((x, y) => x[0] - y[0]).map(([, key, member]) => [key, member]));
}

describe("definitionHash", () => {
  it("and the plan are the same whatever the order of keys and edges", () => {
    const { hash, order } = valid(BASE);
    expect(order).toEqual(["hook>out1,out2", "a>out3", "z>out3", "end>"]);
    fc.assert(
      fc.property(fc.nat(1000), fc.shuffledSubarray(BASE.edges, { minLength: BASE.edges.length }), (seed, edges) => {
        expect(valid(reordered({ ...BASE, edges }, seed))).toEqual({ hash, order });
      }),
    );
  });

  it("leaves out what does not change what the workflow does", () => {
    const { hash } = valid(BASE);
    expect(
      valid({
        ...BASE,
        $schema: "x",
        name: "n",
        description: "d",
        input: { sample: 1 },
        layout: { a: { x: 1, y: 2 } },
        nodes: { ...BASE.nodes, a: { ...BASE.nodes.a, label: "A" } },
        edges: BASE.edges.map((edge) => ({ ...edge, port: "out" })),
      }).hash,
    ).toBe(hash);
  });

  it("changes with everything else", () => {
    const hashes = [
      BASE,
      { ...BASE, slug: "t" },
      { ...BASE, input: { schema: true } },
      { ...BASE, edges: BASE.edges.slice(1), nodes: { hook: BASE.nodes.hook, a: BASE.nodes.a, end: BASE.nodes.end } },
      { ...BASE, nodes: { ...BASE.nodes, a: { type: "transform@1", config: { expression: "input.b" } } } },
    ].map((document) => {
      const edges = document.edges.filter(
        ({ from, to }) => Object.hasOwn(document.nodes, from) && Object.hasOwn(document.nodes, to),
      );
      return valid({ ...document, edges }).hash;
    });
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("changes with joins and timeouts, but not with a join that is the default or another way to write one", () => {
    const hashOf = (join: "all" | "any" | number | undefined, timeoutMs?: number): string =>
      valid({
        ...BASE,
        nodes: {
          ...BASE.nodes,
          w: { type: "delay@1", config: { durationMs: 1 }, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
          j: { type: "transform@1", config: { expression: "now" }, ...(join === undefined ? {} : { join }) },
        },
        edges: [...BASE.edges, { from: "a", to: "w" }, { from: "a", to: "j" }, { from: "w", to: "j" }],
      }).hash;
    expect(hashOf("all")).toBe(hashOf(undefined));
    expect(hashOf("any")).toBe(hashOf(1));
    expect(new Set([hashOf("all"), hashOf("any"), hashOf(2), hashOf("all", 5), hashOf("all", 6)]).size).toBe(5);
    expect(valid({ ...BASE, timeoutMs: 5 }).hash).not.toBe(valid(BASE).hash);
  });

  it("is a fixed value for a fixed document: publishing stays idempotent over versions of MeshHook", () => {
    expect(valid(BASE).hash).toMatchInlineSnapshot(
      `"45229af6133d90cb1cf156b5616239da2f62a35eb0495fc8cc426bc3a0e60ca0"`,
    );
  });
});

describe("a number that no double holds", () => {
  const withOutput = (output: string): string =>
    definitionHash(
      parseJsonInput(
        `{"apiVersion":"meshhook/v1","kind":"Workflow","slug":"s","nodes":{"e":{"type":"terminate@1","config":{"output":${output}}}},"edges":[]}`,
      ) as unknown as WorkflowDefinition,
    );

  it("is hashed with its digits, and not as a text or an object", () => {
    const outputs = [
      "[9007199254740993]",
      "[9007199254740992]",
      "[9007199254740994]",
      "[9007199254740995]",
      '["9007199254740993"]',
      '[{"rawJSON":"9007199254740993"}]',
      '[9007199254740993,"9007199254740993"]',
      '["9007199254740993",9007199254740993]',
    ];
    expect(new Set(outputs.map(withOutput)).size).toBe(outputs.length);
  });

  it("leaves the hash of every other definition as it is", () => {
    expect(withOutput('[1.10,"x",1e2]')).toBe(withOutput('[1.1,"x",100]'));
    expect(withOutput("[1000000000000000000000]")).toBe(withOutput("[1e21]"));
    expect(withOutput('[1.5,"x",100]')).toBe("9b34a9f414e07dbad04cf3cfec692996f4f2bb02b822bf187650177cf290efb2");
  });
});
