import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../json.ts";
import { definitionHash } from "./hash.ts";
import { scopeNames } from "./scope-names.ts";
import type { WorkflowDefinition } from "./definition.ts";
import { validateDefinition } from "./validate.ts";

const step = (expression: string): JsonObject => ({ type: "transform@1", config: { expression } });

function loopOf(body: Json, config: JsonObject = {}): JsonObject {
  return { type: "loop@1", config: { items: "input.lines", body, ...config } };
}

/** `hook → before → each → after` */
function documentWith(each: JsonObject): JsonObject {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "loop",
    nodes: { hook: { type: "webhook@1", config: {} }, before: step("input.a"), each, after: step("input.b") },
    edges: [
      { from: "hook", to: "before" },
      { from: "before", to: "each" },
      { from: "each", to: "after" },
    ],
  };
}

function issuesOf(document: Json): string[] {
  const result = validateDefinition(document);
  return "issues" in result ? result.issues.map(({ path, code }) => `${code} ${path}`) : [];
}

const BODY = "/nodes/each/config/body";

describe("the body of a loop", () => {
  it("sees the item, its number, the steps before the loop, and the steps before its own", () => {
    const body = {
      nodes: {
        first: step("[item.sku, index, nodes.before.output, nodes.each.item, nodes.each.index]"),
        second: step("nodes.first.output"),
      },
      edges: [{ from: "first", to: "second" }],
    };
    const config = { result: { $jmes: "nodes.second.output" }, breakWhen: "nodes.first.output && index > `3`" };
    expect(issuesOf(documentWith(loopOf(body, config)))).toEqual([]);
  });

  it("reports every mistake at its place", () => {
    const inner = loopOf({ nodes: { deep: step("nodes.inner.output") }, edges: [] });
    const body = {
      nodes: {
        first: step("nodes.second.output"),
        second: step("nodes.after.output || itm"),
        third: step("nodes.each.output"),
        hook2: { type: "webhook@1", config: {} },
        after: step("input"),
        "Not-an-id": step("input"),
        odd: { type: "transfrom@1", config: {} },
        bad: step("input.("),
        inner,
      },
      edges: [
        { from: "first", to: "second" },
        { from: "second", to: "first" },
        { from: "first", port: "side", to: "third" },
        { from: "before", to: "third" },
      ],
      layout: { gone: { x: 0, y: 0 } },
    };
    const document = documentWith(loopOf(body, { result: { $jmes: "nodes.gone.output" }, concurrency: 0 }));
    expect(issuesOf(document).toSorted()).toEqual(
      [
        `invalid_value /nodes/each/config/concurrency`,
        `invalid_node_id ${BODY}/nodes/Not-an-id`,
        `unknown_node_type ${BODY}/nodes/odd/type`,
        `expression_syntax ${BODY}/nodes/bad/config/expression`,
        `node_id_duplicate ${BODY}/nodes/after`,
        `webhook_in_loop ${BODY}/nodes/hook2`,
        `edge_unknown_port ${BODY}/edges/2/port`,
        `edge_unknown_node ${BODY}/edges/3/from`,
        `cycle ${BODY}/edges/1`,
        `layout_unknown_node ${BODY}/layout/gone`,
        `reference_not_upstream ${BODY}/nodes/second/config/expression`,
        `reference_unknown_name ${BODY}/nodes/second/config/expression`,
        `reference_unknown_name ${BODY}/nodes/third/config/expression`,
        `reference_unknown_name ${BODY}/nodes/inner/config/body/nodes/deep/config/expression`,
      ].toSorted(),
    );
  });

  it("is closed to the outside: no step beyond the loop sees its steps, its item or its number", () => {
    const document = documentWith(loopOf({ nodes: { first: step("item") }, edges: [] }));
    const nodes = { ...(document["nodes"] as JsonObject), after: step("[item, index, nodes.first.output]") };
    expect(issuesOf({ ...document, nodes })).toEqual([
      "reference_unknown_name /nodes/after/config/expression",
      "reference_unknown_name /nodes/after/config/expression",
      "reference_not_upstream /nodes/after/config/expression",
    ]);
  });

  it("may hold a loop, up to 8 deep, and 1,000 nodes in all", () => {
    const nest = (depth: number): JsonObject =>
      depth === 0 ? step("item") : loopOf({ nodes: { [`n${depth}`]: nest(depth - 1) }, edges: [] });
    expect(issuesOf(documentWith(nest(8)))).toEqual([]);
    expect(issuesOf(documentWith(nest(9)))).toEqual([
      `loop_too_deep ${"/nodes/each/config/body"}${[8, 7, 6, 5, 4, 3, 2].map((n) => `/nodes/n${n + 1}/config/body`).join("")}/nodes/n2/config/body`,
    ]);
    const many = Object.fromEntries(Array.from({ length: 997 }, (_, index) => [`n${index}`, step("item")]));
    expect(issuesOf(documentWith(loopOf({ nodes: many, edges: [] })))).toEqual([`invalid_value ${BODY}`]);
  });

  it("needs a node and a list of edges", () => {
    expect(issuesOf(documentWith(loopOf({ nodes: {}, edges: [] })))).toEqual([`invalid_value ${BODY}/nodes`]);
    expect(issuesOf(documentWith(loopOf({ nodes: { first: step("item") } })))).toEqual([`missing_field ${BODY}`]);
    expect(issuesOf(documentWith({ type: "loop@1", config: { items: "input" } }))).toEqual([
      "missing_field /nodes/each/config",
    ]);
  });

  it("counts for the hash, except its labels and its layout", () => {
    const hash = (node: JsonObject, layout?: JsonObject): string => {
      const body = { nodes: { first: node }, edges: [], ...(layout === undefined ? {} : { layout }) };
      return definitionHash(documentWith(loopOf(body)) as unknown as WorkflowDefinition);
    };
    const plain = hash(step("item"));
    expect(hash({ ...step("item"), label: "First" }, { first: { x: 1, y: 2 } })).toBe(plain);
    expect(hash(step("index"))).not.toBe(plain);
  });

  it("has names to complete", () => {
    const body = { nodes: { first: step("item"), second: step("item") }, edges: [{ from: "first", to: "second" }] };
    const definition = documentWith(loopOf(body)) as unknown as WorkflowDefinition;
    expect(scopeNames(definition, "second").map(({ name }) => name)).toEqual([
      "item",
      "index",
      "input",
      "headers",
      "query",
      "nodes.hook.output",
      "nodes.before.output",
      "nodes.each.item",
      "nodes.each.index",
      "nodes.first.output",
      "run.id",
      "run.startedAt",
      "now",
    ]);
  });
});
