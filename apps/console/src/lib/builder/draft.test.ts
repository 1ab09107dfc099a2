import { describe, expect, it } from "vitest";

import { readDraft } from "./draft.ts";

describe("readDraft", () => {
  it("opens what can be drawn and reports what cannot", () => {
    const read = readDraft({
      slug: "x",
      nodes: { a: { type: "transform@1", config: 1 }, b: 2, c: { label: "C" } },
      edges: [{ from: "a", to: "c", port: 3 }, "no"],
      layout: { a: { x: 1, y: 2 }, c: "?" },
      extra: true,
    });
    expect(read?.draft).toEqual({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "x",
      nodes: { a: { type: "transform@1", config: {} }, c: { type: "", config: {}, label: "C" } },
      edges: [{ from: "a", to: "c" }],
      layout: { a: { x: 1, y: 2 } },
      extra: true,
    });
    expect(read?.left).toHaveLength(3);
  });

  it.each([null, 1, "x", []])("finds nothing to draw in %j", (value) => {
    expect(readDraft(value)).toBeNull();
  });
});
