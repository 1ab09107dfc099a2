import type { WorkflowDefinition } from "@meshhook/core";
import { beforeEach, describe, expect, it } from "vitest";

import { Bench } from "./bench.ts";

const draft: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "orders",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    totals: { type: "transform@1", config: { expression: "{ sum: sum(input.lines[].price) }" } },
    call: { type: "http_call@1", config: { url: "https://crm.example.com/{{ input.id }}" } },
    wait: { type: "delay@1", config: { durationMs: 86_400_000 } },
    done: { type: "terminate@1", config: { output: { id: { $jmes: "nodes.call.output.body.id" } } } },
  },
  edges: [
    { from: "hook", to: "totals" },
    { from: "totals", to: "wait" },
    { from: "wait", to: "call" },
    { from: "call", to: "done" },
  ],
};
const sample = `{"id":"A-1","lines":[{"price":2,"sku":"x"},{"price":3}],"odd key":1}`;

describe("Bench", () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.setDraft(draft);
    bench.setSample(sample);
  });

  it("checks a draft as the server does, with the hash a version would have", () => {
    expect(bench.setDraft(draft).hash).toMatch(/^[0-9a-f]{64}$/);
    expect(bench.setDraft({ ...draft, edges: [] })).toMatchObject({ hash: null });
    expect(bench.setDraft({ ...draft, edges: [] }).issues).toHaveLength(5);
  });

  describe("preview", () => {
    it("gives a value with the outputs of the nodes before", () => {
      expect(bench.preview("call", { kind: "expression", text: "nodes.totals.output" })).toEqual({
        kind: "value",
        text: `{\n  "sum": 5\n}`,
        isCut: false,
        type: "object",
      });
      expect(bench.preview("call", { kind: "template", text: "order {{ input.id }}" })).toMatchObject({
        text: `"order A-1"`,
      });
      // The value of a secret is not known here.
      const body = { key: "k {{secrets.KEY}}", same: { $jmes: "secrets.KEY" } };
      expect(bench.preview("call", { kind: "value", value: body })).toMatchObject({
        text: JSON.stringify({ key: "k {{ secrets.KEY }}", same: "{{ secrets.KEY }}" }, null, 2),
      });
      expect(bench.preview("done", { kind: "value", value: { a: { $jmes: "input.lines[0].price" } } })).toMatchObject({
        text: `{\n  "a": 2\n}`,
      });
    });

    it("says null if the value is null", () => {
      expect(bench.preview("call", { kind: "expression", text: "input.nothing" })).toMatchObject({
        kind: "value",
        text: "null",
        type: "null",
      });
    });

    it("reports a bad expression with its position, even without a sample", () => {
      bench.setSample(null);
      expect(bench.preview("call", { kind: "template", text: "x {{ input. }}" })).toMatchObject({
        kind: "bad_expression",
        offset: 12,
      });
      expect(bench.preview("call", { kind: "expression", text: "input" })).toEqual({ kind: "no_sample" });
    });

    it("reports a failed evaluation", () => {
      expect(bench.preview("call", { kind: "expression", text: "abs(input.id)" })).toMatchObject({
        kind: "evaluation_error",
      });
    });

    it("asks for the unknown answer of a call, and uses a pinned one", () => {
      expect(bench.preview("done", { kind: "expression", text: "nodes.call.output.status" })).toEqual({
        kind: "no_output",
        nodes: ["call"],
      });
      bench.setPins({ call: { status: 201, headers: {}, body: { id: 7 } } });
      expect(bench.preview("done", { kind: "expression", text: "nodes.call.output.body.id" })).toMatchObject({
        kind: "value",
        text: "7",
      });
    });

    it("cuts long values", () => {
      bench.setSample(JSON.stringify("x".repeat(100_000)));
      const outcome = bench.preview("call", { kind: "expression", text: "input" });
      expect(outcome).toMatchObject({ kind: "value", isCut: true });
      expect(outcome.kind === "value" && outcome.text.length).toBe(16_384);
    });

    it("works as far as the draft is valid: a broken node does not hide the ones before it", () => {
      bench.setDraft({
        ...draft,
        slug: "NOT A SLUG",
        nodes: { ...draft.nodes, wait: { type: "delay@1", config: {} } },
      });
      expect(bench.preview("call", { kind: "expression", text: "nodes.totals.output.sum" })).toMatchObject({
        kind: "value",
        text: "5",
      });
      expect(bench.tryOut().leftOut).toEqual(["call", "wait", "done"]);
    });
  });

  describe("tryOut", () => {
    it("runs up to the first call, and says what it would have sent", () => {
      const tried = bench.tryOut();
      expect(tried.calls).toEqual({ call: "POST https://crm.example.com/A-1" });
      expect(tried.steps).toMatchObject({
        hook: { status: "succeeded" },
        totals: { status: "succeeded", output: `{\n  "sum": 5\n}` },
        wait: { status: "succeeded" },
        call: { status: "waiting", output: null },
        done: { status: "pending" },
      });
      expect(tried.result).toBeNull();
    });

    it("runs to the end with pinned answers", () => {
      bench.setPins({ call: { status: 200, headers: {}, body: { id: 7 } } });
      expect(bench.tryOut().result).toMatchObject({ status: "succeeded", output: { id: 7 } });
    });

    it("says why nothing ran", () => {
      bench.setSample(null);
      expect(bench.tryOut().fault).toContain("no sample");
      bench.setSample("{}");
      bench.setDraft({ ...draft, nodes: { totals: draft.nodes["totals"] }, edges: [] });
      expect(bench.tryOut().fault).toContain("webhook@1");
    });
  });

  it("sees the headers and the query of the sample, in previews, try-outs and names", () => {
    const asked = { kind: "expression", text: `[headers."x-event", query.page, headers.missing]` } as const;
    expect(bench.preview("call", asked)).toMatchObject({ text: "[\n  null,\n  null,\n  null\n]" });
    bench.setHead({ headers: { "x-event": "push" }, query: { page: "2" } });
    expect(bench.preview("call", asked)).toMatchObject({ text: `[\n  "push",\n  "2",\n  null\n]` });
    bench.setDraft({
      ...draft,
      nodes: { ...draft.nodes, totals: { type: "transform@1", config: { expression: "query.page" } } },
    });
    expect(bench.tryOut().steps["totals"]).toMatchObject({ output: `"2"` });
    expect(bench.names(["headers", "query"])).toEqual(["headers", `headers."x-event"`, "query", "query.page"]);
  });

  it("lists the members of the sample and the outputs", () => {
    expect(bench.names(["input", "nodes.totals.output", "now"])).toEqual([
      "input",
      "input.id",
      "input.lines",
      "input.lines[].price",
      "input.lines[].sku",
      `input."odd key"`,
      "nodes.totals.output",
      "nodes.totals.output.sum",
      "now",
    ]);
  });

  it("breaks a long line of JSON into lines, and leaves any other text unchanged", () => {
    const long = JSON.stringify({ a: "x".repeat(6_000), b: "y".repeat(6_000) });
    expect(bench.inLines(long)).toBe(JSON.stringify(JSON.parse(long), null, 2));
    for (const text of [`{"a" :1}`, `${long}}`, "", long.replaceAll(",", ",\n")])
      expect(bench.inLines(text)).toBe(text);
  });

  it("says what is wrong with a sample", () => {
    expect(bench.setSample("{").fault).toContain("Not JSON");
    expect(bench.setSample("{}").fault).toBeNull();
  });
});

describe("reading a document", () => {
  it("accepts JSON and YAML, even if it is not a valid workflow", () => {
    const bench = new Bench();
    expect(
      bench.read(
        "apiVersion: meshhook/v1\nkind: Workflow\nslug: x\nnodes: { h: { type: webhook@1, config: {} } }\nedges: []",
      ).value,
    ).toMatchObject({ slug: "x" });
    expect(bench.read(`{"nodes":{"a":{"type":"nonsense"}}}`)).toEqual({
      value: { nodes: { a: { type: "nonsense" } } },
      issues: [],
    });
    expect(bench.read("nodes:\n  a: { type: nonsense }\n")).toEqual({
      value: { nodes: { a: { type: "nonsense" } } },
      issues: [],
    });
    expect(bench.read("{").issues).toHaveLength(1);
    expect(bench.read("a: [").issues[0]?.message).toContain("Not YAML");
  });

  it("returns what was written as JSON and as YAML", () => {
    const bench = new Bench();
    for (const format of ["json", "yaml"] as const)
      expect(bench.read(bench.write(draft, format))).toEqual({ value: draft, issues: [] });
  });
});
