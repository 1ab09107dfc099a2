import { describe, expect, it } from "vitest";

import { blankDraft, freePort, portsOf } from "./draft.ts";
import { addNode, connect, move, remove, setConfig, setLabel, setRule, setSample } from "./edits.ts";

const blank = blankDraft("orders", "Orders");

describe("edits", () => {
  it("adds a node after another, connected and in a free place", () => {
    const first = addNode(blank, "branch@1", { after: "webhook" });
    expect(first.draft.edges).toEqual([{ from: "webhook", to: "branch" }]);
    const second = addNode(first.draft, "terminate@1", { after: "branch" });
    const third = addNode(second.draft, "terminate@1", { after: "branch" });
    expect(third.draft.edges.slice(1)).toEqual([
      { from: "branch", port: "true", to: "terminate" },
      { from: "branch", port: "false", to: "terminate_2" },
    ]);
    expect(third.draft.layout?.["terminate_2"]).not.toEqual(third.draft.layout?.["terminate"]);
  });

  it("puts a node into the middle of an edge", () => {
    const { draft } = addNode(blank, "terminate@1", { after: "webhook" });
    const between = addNode(draft, "transform@1", { on: { from: "webhook", to: "terminate" } });
    expect(between.draft.edges).toEqual([
      { from: "webhook", to: "transform" },
      { from: "transform", to: "terminate" },
    ]);
  });

  it("shares the unchanged parts, so that a step of the history is cheap", () => {
    const { draft } = addNode(blank, "transform@1", { after: "webhook" });
    const labelled = setLabel(draft, "transform", "Totals");
    expect(labelled.nodes["webhook"]).toBe(draft.nodes["webhook"]);
    expect(labelled.edges).toBe(draft.edges);
    expect(setLabel(labelled, "transform", "").nodes["transform"]).toEqual(draft.nodes["transform"]);
  });

  it("removes nodes with their edges and places", () => {
    const { draft } = addNode(blank, "transform@1", { after: "webhook" });
    expect(remove(draft, new Set(["transform"]))).toEqual({ ...blank });
  });

  it("keeps edges on a renamed port", () => {
    let { draft } = addNode(blank, "branch@1", { after: "webhook" });
    draft = setConfig(draft, "branch", [], { cases: [{ port: "big", when: "input.big" }] });
    draft = addNode(draft, "terminate@1", { after: "branch", port: "big" }).draft;
    draft = setConfig(draft, "branch", ["cases", 0, "port"], "large");
    expect(draft.edges.at(-1)).toEqual({ from: "branch", port: "large", to: "terminate" });
    expect(portsOf(draft, "branch")).toEqual(["large", "else", "error"]);
  });

  it("shows a port that only an edge uses, and offers the first free one", () => {
    const draft = connect(addNode(blank, "transform@1", { at: { x: 1.4, y: 2 } }).draft, {
      from: "webhook",
      port: "gone",
      to: "transform",
    });
    expect(portsOf(draft, "webhook")).toEqual(["out", "gone"]);
    expect(freePort(draft, "webhook")).toBe("out");
    expect(draft.layout?.["transform"]).toEqual({ x: 1, y: 2 });
  });

  it("moves nodes and clears a sample without leaving anything behind", () => {
    expect(move(blank, { webhook: { x: 10.6, y: 0 } }).layout).toEqual({ webhook: { x: 11, y: 0 } });
    expect(setSample(setSample(blank, { a: 1 }), undefined)).toEqual(blank);
  });
});

it("sets and clears when a node runs, and how long its step may take", () => {
  const { draft } = addNode(blank, "delay@1", { after: "webhook" });
  const ruled = setRule(setRule(draft, "delay", "timeoutMs", 5_000), "delay", "join", "any");
  expect(ruled.nodes["delay"]).toEqual({ ...draft.nodes["delay"], timeoutMs: 5_000, join: "any" });
  expect(setRule(setRule(ruled, "delay", "join", null), "delay", "timeoutMs", null)).toEqual(draft);
  expect(setRule(draft, "nobody", "join", "any")).toBe(draft);
});
