import { describe, expect, it } from "vitest";

import { blankDraft } from "./draft.ts";
import { addNode } from "./edits.ts";
import { edgeOfIssue, issuesByNode } from "./issues.ts";

const blank = blankDraft("orders", "Orders");

describe("issues", () => {
  it("belong to the node they point into, or to the node an edge leaves", () => {
    const { draft } = addNode(blank, "transform@1", { after: "webhook" });
    const issue = (path: string) => ({ path, code: "c", message: path });
    const byNode = issuesByNode(draft, [
      issue("/nodes/transform/config"),
      issue("/edges/0/to"),
      issue("/slug"),
      issue("/edges/7"),
    ]);
    expect([...byNode].map(([id, list]) => [id, list.length])).toEqual([
      ["transform", 1],
      ["webhook", 1],
      ["", 2],
    ]);
    expect(edgeOfIssue(draft, issue("/edges/0/to"))).toBe("webhook.out>transform");
  });
});
