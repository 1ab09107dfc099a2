import { describe, expect, it } from "vitest";

import { blankDraft, type Draft } from "./draft.ts";
import { addNode, move, setConfig } from "./edits.ts";
import { flowEdges, flowNodes } from "./flow-sync.ts";

/** As many nodes as the largest workflow people are expected to draw. */
function large(): Draft {
  let draft = blankDraft("large", "");
  let last = "webhook";
  for (let index = 0; index < 299; index += 1) {
    const added = addNode(draft, "transform@1", { after: last });
    draft = added.draft;
    last = added.id;
  }
  return draft;
}

describe("flowNodes", () => {
  const draft = large();
  const none: ReadonlySet<string> = new Set();

  it("redraws only what changed: one of 300 when one moves", () => {
    const before = flowNodes(draft, none, []);
    const after = flowNodes(move(draft, { webhook: { x: -50, y: 3 } }), none, before);
    expect(after.filter((node, index) => node !== before[index]).map(({ id }) => id)).toEqual(["webhook"]);
  });

  it("redraws nothing when a field changes, and two nodes when the selection moves", () => {
    const before = flowNodes(draft, new Set(["webhook"]), []);
    const typed = setConfig(draft, "transform", ["expression"], "input");
    expect(flowNodes(typed, new Set(["webhook"]), before).every((node, index) => node === before[index])).toBe(true);
    const selected = flowNodes(draft, new Set(["transform"]), before);
    expect(selected.filter((node, index) => node !== before[index])).toHaveLength(2);
  });

  it("keeps the drawing's measurements", () => {
    const before = flowNodes(draft, none, []).map((node) => ({ ...node, measured: { width: 224, height: 90 } }));
    expect(flowNodes(move(draft, { webhook: { x: 9, y: 9 } }), none, before)[0]?.measured).toEqual({
      width: 224,
      height: 90,
    });
  });
});

describe("flowEdges", () => {
  it("leaves out what cannot be drawn, and draws a repeated edge once", () => {
    const draft: Draft = {
      ...addNode(blankDraft("x", ""), "transform@1", { after: "webhook" }).draft,
      edges: [
        { from: "webhook", to: "transform" },
        { from: "webhook", port: "out", to: "transform" },
        { from: "webhook", to: "gone" },
      ],
    };
    const edges = flowEdges(draft, new Set(), []);
    expect(edges.map(({ id }) => id)).toEqual(["webhook.out>transform"]);
    expect(flowEdges(draft, new Set(), edges)[0]).toBe(edges[0]);
  });
});
