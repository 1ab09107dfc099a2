import { describe, expect, it } from "vitest";
import type { Json } from "../../src/index.ts";
import { complete, configOf, imported, missing, runImported } from "./imported.ts";

interface UpstreamNodeSource {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly config?: Json;
  readonly parent?: string;
}

function upstreamDocument(
  nodes: readonly UpstreamNodeSource[],
  edges: readonly (readonly [string, string, string?])[],
): string {
  return JSON.stringify({
    name: "Orders",
    nodes: nodes.map(({ id, type, label, config = {}, parent }, index) => ({
      id,
      type,
      position: { x: index * 250, y: 100 },
      data: { label, type, config, ...(parent === undefined ? {} : { parentContainer: parent }) },
    })),
    edges: edges.map(([source, target, sourceHandle], index) => ({
      id: `e${index}`,
      source,
      target,
      ...(sourceHandle === undefined ? {} : { sourceHandle }),
    })),
  });
}

describe("a document of nodes and edges", () => {
  it("becomes a workflow whose expressions see what they saw", () => {
    const text = upstreamDocument(
      [
        { id: "1", type: "webhook", label: "Order" },
        {
          id: "2",
          type: "transform",
          label: "Totals",
          config: { expression: "{ id: id, total: sum(lines[].price) }" },
        },
        { id: "3", type: "conditional", label: "Large?", config: { condition: "total > `100`" } },
        {
          id: "4",
          type: "httpCall",
          label: "Review",
          config: { method: "POST", url: "https://review.example.com/{{id}}", headers: { "X-Total": "{{ total }}" } },
        },
        {
          id: "5",
          type: "transform",
          label: "Ticket",
          config: { template: '{"ticket": "{{data.number}}", "status": "{{status}}"}' },
        },
        { id: "6", type: "delay", label: "Pause", config: { duration: 5000 } },
        { id: "7", type: "terminate", label: "Done", config: { status: "success", reason: "accepted {{ id }}" } },
      ],
      [
        ["1", "2"],
        ["2", "3"],
        ["3", "4", "true"],
        ["4", "5"],
        ["3", "6", "false"],
        ["6", "7"],
      ],
    );
    const result = complete(text);
    expect(result.definition).toMatchObject({ slug: "orders", layout: { order: { x: 0, y: 100 } } });
    const order = (price: number): Json => ({ id: "A", lines: [{ price }, { price: 1 }] });
    const large = runImported(result, { body: order(200) }, () => ({ status: 200, body: { number: 9 } }));
    expect(large.requests).toMatchObject([
      {
        method: "POST",
        url: "https://review.example.com/A",
        headers: { "x-total": "201" },
        body: '{"id":"A","total":201}',
      },
    ]);
    expect(large.output("ticket")).toEqual({ ticket: "9", status: "200" });
    expect(configOf(result, "review")["retry"]).toMatchObject({ attemptsMax: 3, capMs: 30_000 });
    const small = runImported(result, { body: order(1) });
    expect(small.run.result).toMatchObject({
      status: "succeeded",
      reason: "accepted A",
      output: { id: "A", total: 2 },
    });
  });

  it("has loops as containers, whose first step gets the item", () => {
    const text = upstreamDocument(
      [
        { id: "1", type: "webhook", label: "Order" },
        { id: "2", type: "loop", label: "Lines", config: { items: "lines" } },
        { id: "3", type: "transform", label: "Price", config: { expression: "price * count" }, parent: "2" },
        { id: "4", type: "transform", label: "Rounded", config: { expression: "ceil(@)" }, parent: "2" },
        { id: "5", type: "transform", label: "Sum", config: { expression: "sum(@)" } },
      ],
      [
        ["1", "2"],
        ["3", "4"],
        ["2", "5"],
      ],
    );
    const ran = runImported(complete(text), {
      body: {
        lines: [
          { price: 1.4, count: 1 },
          { price: 2, count: 3 },
        ],
      },
    });
    expect(ran.output("sum")).toBe(8);
  });

  it("has templates with blocks, XML, and secrets by their name", () => {
    const text = upstreamDocument(
      [
        { id: "1", type: "webhook", label: "Order" },
        {
          id: "2",
          type: "transform",
          label: "List",
          config: { template: "{{id}}: {{#each lines}}{{@index1}} {{sku}} {{this.sku}};{{/each}}" },
        },
        { id: "3", type: "xmlJsonTransform", label: "Xml" },
        {
          id: "4",
          type: "httpCall",
          label: "Call",
          config: { url: "https://a.example.com/", headers: { authorization: "Bearer {{secrets.shop_key}}" } },
        },
      ],
      [
        ["1", "2"],
        ["1", "4"],
        ["4", "3"],
      ],
    );
    const result = complete(text);
    const body = { id: "A", lines: [{ sku: "x" }, { sku: "y" }] };
    const ran = runImported(result, { body }, () => ({ status: 200, body: "<a><b>1</b></a>" }));
    expect(ran.output("list")).toBe("A: 1 x x;2 y y;");
    expect(configOf(result, "call")["headers"]).toEqual({ authorization: "Bearer {{ secrets.shop_key }}" });
    expect(result.notes.map(({ kind, field }) => [kind, field])).toEqual([
      ["differs", "type"],
      ["differs", "config.headers.authorization"],
    ]);
  });

  it("lists what was not understood", () => {
    const text = upstreamDocument(
      [
        { id: "1", type: "webhook", label: "Order", config: { secret: "s3cret", signature: "hmac" } },
        { id: "2", type: "parallel", label: "Fan out" },
        { id: "3", type: "transform", label: "Text", config: { template: "{{#each items}}{{#each this}}{{/each}}" } },
        { id: "4", type: "conditional", label: "If", config: { condition: "a" } },
        {
          id: "5",
          type: "http_call",
          label: "Call",
          config: { url: "https://a.example.com/", headers: { authorization: "{{secrets.key}}" } },
        },
      ],
      [
        ["1", "2"],
        ["2", "3"],
        ["3", "4"],
        ["4", "5", "maybe"],
        ["5", "9"],
      ],
    );
    const result = imported(text);
    expect(missing(result).toSorted()).toEqual(
      [
        "Order config.secret",
        "Order config.signature",
        "Fan out type",
        "Text config.template",
        "If sourceHandle",
        "edges[4]",
      ].toSorted(),
    );
    // The value of a secret is not repeated.
    expect(JSON.stringify(result)).not.toContain("s3cret");
    expect(result.issues.length).toBeGreaterThan(0);
  });
});
