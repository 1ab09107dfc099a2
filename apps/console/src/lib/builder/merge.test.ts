import { describe, expect, it } from "vitest";

import { changesBetween } from "./changes.ts";
import type { Draft } from "./draft.ts";
import { mergeDrafts } from "./merge.ts";

const BASE: Draft = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "orders",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    shape: { type: "transform@1", label: "Shape", config: { expression: "input" } },
    call: { type: "http_call@1", config: { url: "https://a.example", method: "GET" } },
  },
  edges: [
    { from: "hook", to: "shape" },
    { from: "shape", to: "call" },
  ],
};

function changed(id: string, change: object, config: object = {}): Draft {
  const node = BASE.nodes[id];
  return { ...BASE, nodes: { ...BASE.nodes, [id]: { ...node, ...change, config: { ...node?.config, ...config } } } };
}

describe("two people's changes to one draft", () => {
  it("are merged if they changed different things, down to the fields of one node", () => {
    const mine = changed("call", {}, { url: "https://mine.example" });
    const theirs = { ...changed("call", { label: "Ask" }, { method: "POST" }), name: "Orders" };
    expect(mergeDrafts(BASE, mine, theirs)).toEqual({
      draft: {
        ...BASE,
        name: "Orders",
        nodes: {
          ...BASE.nodes,
          call: { type: "http_call@1", label: "Ask", config: { url: "https://mine.example", method: "POST" } },
        },
      },
      conflicts: [],
    });
  });

  it("keep what one added and drop what one removed", () => {
    const { shape: _, ...others } = BASE.nodes;
    const mine = { ...BASE, nodes: others, edges: [{ from: "hook", to: "call" }] };
    const theirs = {
      ...BASE,
      nodes: { ...BASE.nodes, end: { type: "terminate@1", config: {} } },
      edges: [...BASE.edges, { from: "call", to: "end" }],
    };
    const { draft, conflicts } = mergeDrafts(BASE, mine, theirs);
    expect(Object.keys(draft.nodes)).toEqual(["hook", "call", "end"]);
    expect(draft.edges).toEqual([
      { from: "hook", to: "call" },
      { from: "call", to: "end" },
    ]);
    expect(conflicts).toEqual([]);
  });

  it("name what both changed, and what one removed while the other changed it", () => {
    const { shape: _, ...others } = BASE.nodes;
    expect(mergeDrafts(BASE, changed("shape", { label: "A" }), changed("shape", { label: "B" }))).toMatchObject({
      conflicts: ["shape · label"],
      draft: { nodes: { shape: { label: "A" } } },
    });
    expect(mergeDrafts(BASE, { ...BASE, nodes: others }, changed("shape", { label: "B" })).conflicts).toEqual([
      "shape",
    ]);
    expect(mergeDrafts(BASE, { ...BASE, name: "A" }, { ...BASE, name: "B" }).conflicts).toEqual(["name"]);
  });
});

it("changes are shown with both values", () => {
  expect(changesBetween(BASE, { ...changed("shape", { label: "New" }, { expression: "input.a" }), name: "N" })).toEqual(
    [
      { kind: "added", what: "Workflow · name", before: null, after: "N" },
      { kind: "changed", what: "Shape · label", before: "Shape", after: "New" },
      { kind: "changed", what: "Shape · expression", before: "input", after: "input.a" },
    ],
  );
});
