import { describe, expect, it } from "vitest";

import { differenceOf, isDifferent } from "./difference.ts";
import { blankDraft } from "./draft.ts";
import { addNode, move, setConfig, setLabel } from "./edits.ts";

const blank = blankDraft("orders", "Orders");

describe("differenceOf", () => {
  it("names nodes, parts of nodes, edges and texts; not places, and not the order of keys", () => {
    const { draft } = addNode(blank, "transform@1", { after: "webhook" });
    const after = setConfig(setLabel(draft, "webhook", "Hook"), "transform", ["expression"], "input");
    expect(differenceOf(draft, after)).toEqual({
      added: [],
      removed: [],
      changed: [
        { id: "webhook", parts: ["label"] },
        { id: "transform", parts: ["config"] },
      ],
      edgesAdded: [],
      edgesRemoved: [],
      about: [],
    });
    expect(differenceOf(draft, blank)).toMatchObject({
      removed: ["transform"],
      edgesRemoved: ["webhook.out>transform"],
    });
    const { kind, apiVersion, ...rest } = move(draft, { webhook: { x: 99, y: 9 } });
    expect(isDifferent(differenceOf(draft, { ...rest, kind, apiVersion }))).toBe(false);
  });
});
