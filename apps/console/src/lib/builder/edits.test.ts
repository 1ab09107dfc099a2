import { describe, expect, it } from "vitest";

import { copyText, paste } from "./clipboard.ts";
import { differenceOf, isDifferent } from "./difference.ts";
import { blankDraft, freePort, portsOf, readDraft } from "./draft.ts";
import { addNode, connect, move, remove, setConfig, setLabel, setSample } from "./edits.ts";
import { History } from "./history.ts";
import { edgeOfIssue, issuesByNode } from "./issues.ts";
import { withValueAt } from "./json-path.ts";
import { freshNodeId } from "./node-id.ts";
import { publishState, publishWords } from "./publish-state.ts";

const blank = blankDraft("orders", "Orders");

describe("edits", () => {
  it("adds a node after another, connected and in a place of its own", () => {
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

  it("shares what did not change, so that a step of the history costs little", () => {
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

  it("lets edges follow a port that is renamed", () => {
    let { draft } = addNode(blank, "branch@1", { after: "webhook" });
    draft = setConfig(draft, "branch", [], { cases: [{ port: "big", when: "input.big" }] });
    draft = addNode(draft, "terminate@1", { after: "branch", port: "big" }).draft;
    draft = setConfig(draft, "branch", ["cases", 0, "port"], "large");
    expect(draft.edges.at(-1)).toEqual({ from: "branch", port: "large", to: "terminate" });
    expect(portsOf(draft, "branch")).toEqual(["large", "else"]);
  });

  it("shows a port that only an edge knows, and offers the first free one", () => {
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

describe("withValueAt", () => {
  it("makes what is missing, and takes away objects that become empty", () => {
    const made = withValueAt({}, ["retry", "attemptsMax"], 3);
    expect(made).toEqual({ retry: { attemptsMax: 3 } });
    expect(withValueAt(made, ["retry", "attemptsMax"], undefined)).toEqual({});
    expect(withValueAt({ on: ["a", "b"] }, ["on", 0], undefined)).toEqual({ on: ["b"] });
    expect(withValueAt({ on: ["a"] }, ["on", 1], "b")).toEqual({ on: ["a", "b"] });
  });
});

describe("freshNodeId", () => {
  it.each([
    ["http_call@1", undefined, "http_call"],
    ["http_call@1", "Größe prüfen!", "gro_e_prufen"],
    ["http_call@1", "42", "http_call"],
    ["", undefined, "node"],
  ])("of %s labelled %s is %s", (type, label, id) => {
    expect(freshNodeId(type, label, new Set())).toBe(id);
  });

  it("numbers what is taken, within 48 letters", () => {
    const long = "x".repeat(48);
    expect(freshNodeId("t", long, new Set([long]))).toBe(`${"x".repeat(46)}_2`);
  });
});

describe("History", () => {
  const typed = (text: string) => setLabel(blank, "webhook", text);

  it("takes back and repeats graph, fields and layout in the order they were done", () => {
    const labelled = typed("Orders");
    const moved = move(labelled, { webhook: { x: 5, y: 5 } });
    const history = new History(blank).with(labelled, { name: "label", at: 0 }).with(moved, { name: "move", at: 1 });
    expect(history.undoName).toBe("move");
    expect(history.undo().draft).toBe(labelled);
    expect(history.undo().undo().draft).toBe(blank);
    expect(history.undo().undo().undo().draft).toBe(blank);
    expect(history.undo().undo().redo().redo().draft).toBe(moved);
  });

  it("counts quick typing in one field as one step, and a pause as the end of it", () => {
    const history = new History(blank)
      .with(typed("O"), { name: "label", field: "l", at: 0 })
      .with(typed("Or"), { name: "label", field: "l", at: 100 })
      .with(typed("Ord"), { name: "label", field: "l", at: 9_000 });
    expect(history.undo().draft).toEqual(typed("Or"));
    expect(history.undo().undo().draft).toBe(blank);
  });

  it("forgets what was taken back when something else is done", () => {
    const history = new History(blank).with(typed("A"), { name: "a", at: 0 }).undo();
    expect(history.with(typed("B"), { name: "b", at: 1 }).redoName).toBeNull();
  });
});

describe("copy and paste", () => {
  const source = setConfig(
    addNode(addNode(blank, "transform@1", { after: "webhook" }).draft, "terminate@1", { after: "transform" }).draft,
    "terminate",
    ["output"],
    { sum: { $jmes: "nodes.transform.output.sum" } },
  );

  it("gives copies ids of their own, in edges and expressions too", () => {
    const pasted = paste(source, copyText(source, new Set(["transform", "terminate"])));
    expect(pasted?.ids).toEqual(["transform_2", "terminate_2"]);
    expect(pasted?.draft.edges.at(-1)).toEqual({ from: "transform_2", to: "terminate_2" });
    expect(pasted?.draft.nodes["terminate_2"]?.config).toEqual({
      output: { sum: { $jmes: "nodes.transform_2.output.sum" } },
    });
  });

  it("takes a whole document of another workflow, without its webhook", () => {
    expect(paste(blank, JSON.stringify(source))?.ids).toEqual(["transform", "terminate"]);
  });

  it.each(["", "hello", "{", "{}", `{"nodes":[]}`])("does nothing with %j", (text) => {
    expect(paste(blank, text)).toBeNull();
  });
});

describe("readDraft", () => {
  it("opens what can be drawn and tells what cannot", () => {
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

describe("publishState", () => {
  const facts = { draftHash: "a", problems: 0, active: null, attempt: { kind: "none" } } as const;
  it.each([
    [facts, "Nothing published"],
    [{ ...facts, active: { number: 3, hash: "a" } }, "Up to date (version 3)"],
    [{ ...facts, active: { number: 3, hash: "b" } }, "Unpublished changes (version 3 runs)"],
    [{ ...facts, draftHash: null }, "Checking…"],
    [{ ...facts, draftHash: null, problems: 2 }, "2 problems"],
    [{ ...facts, attempt: { kind: "publishing" } }, "Publishing…"],
    [{ ...facts, attempt: { kind: "failed", reason: "no" } }, "Not published: no"],
  ] as const)("follows from %j: %s", (given, words) => {
    expect(publishWords(publishState(given))).toBe(words);
  });
});

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
