import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { issueCatalogue } from "../error/issue-catalogue.ts";
import { nodeTypes } from "../node/registry.ts";
import { validateDefinition } from "./validate.ts";

type Doc = Record<string, unknown>;

const hook = { type: "webhook@1", config: {} };
const step = (expression = "input"): Doc => ({ type: "transform@1", config: { expression } });
const call = (config: Doc): Doc => ({ type: "http_call@1", config: { url: "https://api.example.com/", ...config } });

/** A valid document with `hook → a`, changed. */
function doc(changes: Doc): Doc {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "s",
    nodes: { hook, a: step() },
    edges: [{ from: "hook", to: "a" }],
    ...changes,
  };
}

/** `hook → a` with another node `a`. */
const withA = (a: unknown): Doc => doc({ nodes: { hook, a } });

/** A chain from the hook through the given nodes, in the order they are written. */
function chain(nodes: Doc, more: unknown[] = []): Doc {
  const ids = ["hook", ...Object.keys(nodes)];
  return doc({
    nodes: { hook, ...nodes },
    edges: [...ids.slice(1).map((to, index) => ({ from: ids[index], to })), ...more],
  });
}

function many(count: number): Doc {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, step()]));
}

function issuesOf(value: unknown): string[] {
  const result = validateDefinition(value);
  return "issues" in result ? result.issues.map(({ path, code }) => `${path} ${code}`) : [];
}

describe("validateDefinition", () => {
  it("accepts a document with every node type, and compiles and hashes it", () => {
    const result = validateDefinition(
      doc({
        $schema: "https://meshhook.dev/schema/workflow/v1.json",
        name: "All of it",
        input: { schema: { type: "object", required: ["id"] }, sample: { id: 1 } },
        nodes: {
          hook,
          map: { ...step('{id: input.id, kind: headers."x-kind", q: query.q, run: run.id, at: now}'), label: "Map" },
          gate: { type: "branch@1", config: { cases: [{ port: "big", when: "nodes.map.output.id > `10`" }] } },
          wait: { type: "delay@1", config: { durationMs: { $jmes: "nodes.map.output.id" } } },
          send: call({
            method: "PUT",
            url: "https://api.example.com:8443/items/{{ nodes.map.output.id }}?x={{ input.id }}",
            headers: { Authorization: "Bearer {{ input.token }}" },
            query: { page: "{{ input.id }}" },
            body: { item: { $jmes: "nodes.map.output" }, note: "run {{ run.id }}" },
            retry: { attemptsMax: 3, on: ["5xx", "429"] },
          }),
          end: {
            type: "terminate@1",
            config: { status: "failed", reason: "no {{ input.id }}", output: [{ $jmes: "input" }] },
          },
        },
        edges: [
          { from: "hook", to: "map" },
          { from: "map", port: "out", to: "gate" },
          { from: "gate", port: "big", to: "wait" },
          { from: "gate", port: "else", to: "send" },
          { from: "wait", to: "send" },
          { from: "send", port: "error", to: "end" },
        ],
        layout: { hook: { x: 0, y: 1.5 } },
      }),
    );
    expect("issues" in result ? result.issues : []).toEqual([]);
    if ("issues" in result) return;
    expect(result.plan.nodes.map(({ id, incoming }) => `${id} ${incoming}`)).toEqual([
      "hook 0",
      "map 1",
      "gate 1",
      "wait 1",
      "send 2",
      "end 1",
    ]);
    expect(result.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(result.plan.hash).toBe(result.hash);
    expect(Object.isFrozen(result.definition.nodes)).toBe(true);
  });

  it.each<[name: string, document: unknown, issues: string[]]>([
    ["nothing", undefined, [" document_not_json"]],
    ["null", null, [" wrong_type"]],
    ["a number that is not finite", doc({ input: { sample: [Number.NaN] } }), ["/input/sample/0 document_not_json"]],
    ["half a surrogate pair", doc({ name: "\ud83d" }), ["/name document_not_json"]],
    ["an empty object", {}, [" missing_field", " missing_field", " missing_field", " missing_field", " missing_field"]],
    [
      "another version and kind",
      doc({ apiVersion: "v2", kind: "Flow" }),
      ["/apiVersion invalid_value", "/kind invalid_value"],
    ],
    ["a bad slug and an unknown field", doc({ slug: "A b", edgs: [] }), ["/edgs unknown_field", "/slug invalid_value"]],
    ["no nodes", doc({ nodes: {}, edges: [] }), ["/nodes invalid_value"]],
    [
      "bad node ids",
      doc({
        nodes: JSON.parse(
          '{"hook":{"type":"webhook@1","config":{}},"__proto__":{"type":"webhook@1","config":{}},"A":{"type":"webhook@1","config":{}},"a-b":{"type":"webhook@1","config":{}},"constructor":{"type":"webhook@1","config":{}}}',
        ),
        edges: [],
      }),
      [
        "/nodes/__proto__ invalid_node_id",
        "/nodes/A invalid_node_id",
        "/nodes/a-b invalid_node_id",
        "/nodes/constructor invalid_node_id",
        "/nodes/__proto__ webhook_several",
        "/nodes/A webhook_several",
        "/nodes/a-b webhook_several",
        "/nodes/constructor webhook_several",
      ],
    ],
    ["a node without config", withA({ type: "transform@1" }), ["/nodes/a missing_field"]],
    ["an unknown node type", withA({ type: "transfrom@1", config: {} }), ["/nodes/a/type unknown_node_type"]],
    [
      "an unknown major version",
      withA({ type: "transform@2", config: { expression: "input" } }),
      ["/nodes/a/type unknown_node_type"],
    ],
    [
      "a misspelt config field",
      withA({ type: "transform@1", config: { expresion: "input" } }),
      ["/nodes/a/config missing_field", "/nodes/a/config/expresion unknown_field"],
    ],
    [
      "a wrong type in a config",
      withA({ type: "transform@1", config: { expression: 5 } }),
      ["/nodes/a/config/expression wrong_type"],
    ],
    ["no webhook", doc({ nodes: { a: step() }, edges: [] }), ["/nodes webhook_missing"]],
    ["two webhooks", doc({ nodes: { hook, hook2: hook }, edges: [] }), ["/nodes/hook2 webhook_several"]],
    [
      "dangling edges",
      doc({
        edges: [
          { from: "hook", to: "a" },
          { from: "a", to: "b" },
          { from: "c", to: "a" },
        ],
      }),
      ["/edges/1/to edge_unknown_node", "/edges/2/from edge_unknown_node"],
    ],
    [
      "an edge to a name of Object.prototype",
      doc({
        edges: [
          { from: "hook", to: "a" },
          { from: "a", to: "constructor" },
        ],
      }),
      ["/edges/1/to edge_unknown_node"],
    ],
    [
      "an unknown port",
      doc({ edges: [{ from: "hook", port: "error", to: "a" }] }),
      ["/edges/0/port edge_unknown_port"],
    ],
    [
      "a repeated edge",
      doc({
        edges: [
          { from: "hook", to: "a" },
          { from: "hook", port: "out", to: "a" },
        ],
      }),
      ["/edges/1 edge_duplicate"],
    ],
    [
      "an edge into the webhook",
      chain({ a: step() }, [{ from: "a", to: "hook" }]),
      ["/edges/1/to edge_into_webhook", "/edges/1 cycle"],
    ],
    [
      "an edge out of terminate",
      chain({ end: { type: "terminate@1", config: {} }, a: step() }),
      ["/edges/1/from edge_from_terminate"],
    ],
    ["a cycle", chain({ a: step(), b: step(), c: step() }, [{ from: "c", to: "a" }]), ["/edges/3 cycle"]],
    ["an edge from a node to itself", chain({ a: step() }, [{ from: "a", to: "a" }]), ["/edges/1 cycle"]],
    [
      "two cycles",
      chain({ a: step(), b: step(), c: step() }, [
        { from: "b", to: "a" },
        { from: "c", to: "b" },
      ]),
      ["/edges/3 cycle", "/edges/4 cycle"],
    ],
    ["an unreachable node", doc({ nodes: { hook, a: step(), b: step() } }), ["/nodes/b node_unreachable"]],
    ["a layout of nothing", doc({ layout: { z: { x: 0, y: 0 } } }), ["/layout/z layout_unknown_node"]],
    ["an expression that ends early", withA(step("input.")), ["/nodes/a/config/expression expression_syntax"]],
    ["an unknown function", withA(step("now()")), ["/nodes/a/config/expression expression_unknown_function"]],
    [
      "an expression that is too deep",
      withA(step("[".repeat(100) + "]".repeat(100))),
      ["/nodes/a/config/expression expression_too_large"],
    ],
    ["an unknown name", withA(step("body.x")), ["/nodes/a/config/expression reference_unknown_name"]],
    ["an unknown member of run", withA(step("run.name")), ["/nodes/a/config/expression reference_unknown_name"]],
    [
      "a forgotten output",
      chain({ a: step(), b: step("nodes.a.x") }),
      ["/nodes/b/config/expression reference_unknown_name"],
    ],
    [
      "an unknown node in an expression",
      withA(step("nodes.zz.output")),
      ["/nodes/a/config/expression reference_unknown_node"],
    ],
    [
      "a node of Object.prototype in an expression",
      withA(step("nodes.constructor.output")),
      ["/nodes/a/config/expression reference_unknown_node"],
    ],
    [
      "a node that comes later",
      chain({ a: step("nodes.b.output"), b: step() }),
      ["/nodes/a/config/expression reference_not_upstream"],
    ],
    ["the node itself", withA(step("nodes.a.output")), ["/nodes/a/config/expression reference_not_upstream"]],
    [
      "a node beside",
      doc({
        nodes: { hook, a: step(), b: step("nodes.a.output") },
        edges: [
          { from: "hook", to: "a" },
          { from: "hook", to: "b" },
        ],
      }),
      ["/nodes/b/config/expression reference_not_upstream"],
    ],
    ["all nodes as a value", withA(step("keys(nodes)")), ["/nodes/a/config/expression reference_unbounded"]],
    [
      "bad holes in every place of a call",
      withA(
        call({
          url: "https://x.example/{{ a }}",
          headers: { "x-a": "{{ b }}" },
          query: { q: "{{ c }}" },
          body: { d: [{ $jmes: "d" }, "{{ e }}"] },
        }),
      ),
      [
        "/nodes/a/config/url reference_unknown_name",
        "/nodes/a/config/headers/x-a reference_unknown_name",
        "/nodes/a/config/query/q reference_unknown_name",
        "/nodes/a/config/body/d/0/$jmes reference_unknown_name",
        "/nodes/a/config/body/d/1 reference_unknown_name",
      ],
    ],
    [
      "$jmes beside other keys",
      withA(call({ body: { $jmes: "input", x: 1 } })),
      ["/nodes/a/config/body expression_syntax"],
    ],
    ["a host from a payload", withA(call({ url: "https://{{ input.host }}/" })), ["/nodes/a/config/url url_invalid"]],
    ["another scheme", withA(call({ url: "file:///etc/passwd" })), ["/nodes/a/config/url url_invalid"]],
    [
      "bad headers",
      withA(
        call({
          headers: {
            Host: "x",
            "a b": "x",
            "X-A": "1",
            "x-a": "2",
            "proxy-authorization": "x",
            "idempotency-key": "x",
            "x-b": "a\r\nb",
            "content-length": "1",
          },
        }),
      ),
      [
        "/nodes/a/config/headers/Host header_forbidden",
        "/nodes/a/config/headers/a b header_invalid",
        "/nodes/a/config/headers/x-a header_duplicate",
        "/nodes/a/config/headers/proxy-authorization header_forbidden",
        "/nodes/a/config/headers/idempotency-key header_forbidden",
        "/nodes/a/config/headers/x-b header_invalid",
        "/nodes/a/config/headers/content-length header_forbidden",
      ],
    ],
    ["a body in a GET", withA(call({ method: "GET", body: {} })), ["/nodes/a/config/body body_forbidden"]],
    [
      "numbers out of range",
      withA(call({ timeoutMs: 99, responseBytesMax: -1, retry: { attemptsMax: 0, factor: 0.5, on: ["200", "6xx"] } })),
      [
        "/nodes/a/config/timeoutMs invalid_value",
        "/nodes/a/config/responseBytesMax invalid_value",
        "/nodes/a/config/retry/attemptsMax invalid_value",
        "/nodes/a/config/retry/factor invalid_value",
        "/nodes/a/config/retry/on/0 invalid_value",
        "/nodes/a/config/retry/on/1 invalid_value",
      ],
    ],
    [
      "a delay over 366 days",
      withA({ type: "delay@1", config: { durationMs: 31_622_400_001 } }),
      ["/nodes/a/config/durationMs invalid_value"],
    ],
    ["a delay of nothing", withA({ type: "delay@1", config: {} }), ["/nodes/a/config invalid_value"]],
    [
      "a delay both for and until a time",
      withA({ type: "delay@1", config: { durationMs: 1, until: "{{ input.at }}" } }),
      ["/nodes/a/config invalid_value"],
    ],
    [
      "a delay until a day without a time",
      withA({ type: "delay@1", config: { until: "2026-12-24" } }),
      ["/nodes/a/config/until invalid_value"],
    ],
    [
      "a delay until an expression that cannot be read",
      withA({ type: "delay@1", config: { until: { $jmes: "input." } } }),
      ["/nodes/a/config/until/$jmes expression_syntax"],
    ],
    [
      "redirects that do not exist",
      withA(call({ redirects: "always", redirectsMax: 21 })),
      ["/nodes/a/config/redirects invalid_value", "/nodes/a/config/redirectsMax invalid_value"],
    ],
    [
      "query values that are neither text nor a list nor an expression",
      withA(call({ query: { a: 1, b: { c: "d" }, e: [["f"]], g: { $jmes: "input." } } })),
      [
        "/nodes/a/config/query/a wrong_type",
        "/nodes/a/config/query/b missing_field",
        "/nodes/a/config/query/b/c unknown_field",
        "/nodes/a/config/query/e/0 wrong_type",
      ],
    ],
    [
      "an expression in a query list that cannot be read",
      withA(call({ query: { tags: ["a", { $jmes: "input." }, "{{ input. }}"] } })),
      ["/nodes/a/config/query/tags/1/$jmes expression_syntax", "/nodes/a/config/query/tags/2 expression_syntax"],
    ],
    [
      "a delay until a time before 1970",
      withA({ type: "delay@1", config: { until: -1 } }),
      ["/nodes/a/config/until invalid_value"],
    ],
    [
      "a delay of half a millisecond",
      withA({ type: "delay@1", config: { durationMs: 0.5 } }),
      ["/nodes/a/config/durationMs wrong_type"],
    ],
    [
      "a branch with both forms",
      withA({ type: "branch@1", config: { condition: "input", cases: [{ port: "x", when: "input" }] } }),
      ["/nodes/a/config invalid_value"],
    ],
    ["a branch with neither form", withA({ type: "branch@1", config: {} }), ["/nodes/a/config invalid_value"]],
    [
      "a branch with a repeated port",
      withA({
        type: "branch@1",
        config: {
          cases: [
            { port: "else", when: "input" },
            { port: "x", when: "input" },
            { port: "x", when: "input" },
          ],
        },
      }),
      ["/nodes/a/config/cases/0/port port_duplicate", "/nodes/a/config/cases/2/port port_duplicate"],
    ],
    ["an input schema that is none", doc({ input: { schema: { type: "objekt" } } }), ["/input/schema invalid_value"]],
    [
      "an input schema of another dialect",
      doc({ input: { schema: { $schema: "http://json-schema.org/draft-07/schema#" } } }),
      ["/input/schema invalid_value"],
    ],
    [
      "an input schema whose dialect is not a string",
      doc({ input: { schema: { $schema: 5 } } }),
      ["/input/schema invalid_value"],
    ],
    [
      "several mistakes at once",
      doc({
        nodes: { hook, a: step("nope("), b: step("nodes.c.output") },
        edges: [{ from: "hook", port: "x", to: "a" }],
      }),
      [
        "/nodes/a/config/expression expression_syntax",
        "/edges/0/port edge_unknown_port",
        "/nodes/b node_unreachable",
        "/nodes/b/config/expression reference_unknown_node",
      ],
    ],
    [
      "edges to nothing beside a node without its config",
      doc({
        nodes: { hook, a: { type: "transform@1" }, b: step("nodes.nowhere.output") },
        edges: [{ from: "hook", to: "a" }, { from: "a", to: "b" }, { from: "b", to: "lost" }, { from: "hook" }],
      }),
      [
        "/nodes/a missing_field",
        "/edges/3 missing_field",
        "/edges/2/to edge_unknown_node",
        "/nodes/b/config/expression reference_unknown_node",
      ],
    ],
    [
      "a cycle, a wrong port and a node that nothing leads to, in a document with an unknown field and no slug",
      {
        apiVersion: "meshhook/v1",
        kind: "Workflow",
        edgs: [],
        nodes: { hook, a: step(), b: step(), c: step("nodes.a.output") },
        edges: [
          { from: "hook", to: "a" },
          { from: "a", to: "b" },
          { from: "b", port: "eror", to: "a" },
        ],
      },
      [
        " missing_field",
        "/edgs unknown_field",
        "/edges/2/port edge_unknown_port",
        "/edges/2 cycle",
        "/nodes/c node_unreachable",
        "/nodes/c/config/expression reference_not_upstream",
      ],
    ],
    [
      "joins that have nothing to choose from, or wait for more than can come",
      chain({ a: { ...step(), join: "any" }, b: { ...step(), join: 3 }, c: { ...step(), join: 0 } }, [
        { from: "hook", to: "b" },
        { from: "hook", to: "c" },
      ]),
      ["/nodes/c/join invalid_value", "/nodes/a/join join_impossible", "/nodes/b/join join_impossible"],
    ],
    ["a join that is none", withA({ ...step(), join: "first" }), ["/nodes/a/join invalid_value"]],
    [
      "timeouts of nodes that do not wait, or have their own",
      chain({
        a: { ...step(), timeoutMs: 5 },
        b: { type: "wait_for_signal@1", timeoutMs: 5, config: { name: "go" } },
        c: { ...call({}), timeoutMs: 5 },
      }),
      ["/nodes/a/timeoutMs unknown_field", "/nodes/b/timeoutMs unknown_field"],
    ],
    [
      "timeouts that are not a time",
      {
        ...chain({ a: { ...call({}), timeoutMs: 0 }, b: { ...call({}), timeoutMs: "5s" } }),
        timeoutMs: 31_622_400_001,
      },
      ["/timeoutMs invalid_value", "/nodes/a/timeoutMs invalid_value", "/nodes/b/timeoutMs wrong_type"],
    ],
    [
      "a signal without a name",
      withA({ type: "wait_for_signal@1", config: { name: "", timeoutMs: 1.5 } }),
      ["/nodes/a/config/name invalid_value", "/nodes/a/config/timeoutMs wrong_type"],
    ],
    [
      "an input schema that is none, and a node that is none and may be the webhook",
      doc({ input: { schema: { type: "objekt" } }, nodes: { hook: 5, a: step() } }),
      ["/nodes/hook wrong_type", "/input/schema invalid_value"],
    ],
  ])("tells everything that is wrong with %s", (_name, document, issues) => {
    expect(issuesOf(document)).toEqual(issues);
  });

  it("names the thing, the value and the remedy", () => {
    const result = validateDefinition(
      chain({ a: { type: "transfrom@1", config: {} }, b: step("inptu.x"), c: step() }, [{ from: "c", to: "b" }]),
    );
    expect("issues" in result ? result.issues : []).toEqual([
      {
        path: "/nodes/a/type",
        code: "unknown_node_type",
        message: 'The node "a" has the unknown type "transfrom@1", did you mean "transform@1"?',
        fix: `Use one of ${[...nodeTypes.keys()].join(", ")}.`,
      },
      {
        path: "/edges/3",
        code: "cycle",
        message: "The edges form a cycle: b → c → b.",
        fix: "Remove one of these edges.",
      },
      {
        path: "/nodes/b/config/expression",
        code: "reference_unknown_name",
        message: '"inptu.x" uses the name "inptu", which does not exist here, did you mean "input"?',
        fix: 'Use input, headers, query, nodes, run, now. The delivery\'s body is "input".',
      },
    ]);
  });

  it.each([
    ['input.country == "AT"', "Write text between single quotes: 'AT'. Double quotes are for names of fields."],
    ["input.paid == true", "Write it between backticks: `true`."],
    ["headers.x-kind", 'Put names with hyphens between double quotes, as in headers."x-github-event".'],
    ["lenght(input)", 'Use one of the functions in docs/guide/expressions.md, did you mean "length"?'],
    ["frobnicate(input)", "Use one of the functions in docs/guide/expressions.md."],
  ])("%j gets a remedy for what its author meant", (expression, fix) => {
    const result = validateDefinition(withA(step(expression)));
    expect("issues" in result ? result.issues.map((issue) => issue.fix) : []).toEqual([fix]);
  });

  it("refuses more than 1 000 nodes and takes 1 000 in a chain", () => {
    expect(issuesOf(chain(many(999)))).toEqual([]);
    expect(issuesOf(chain(many(1000)))).toEqual(["/nodes invalid_value"]);
  });

  it("refuses documents that are too large or too deep, also where they refer to themselves", () => {
    expect(issuesOf(doc({ name: "x".repeat(1_048_577) }))).toEqual([" document_too_large"]);
    const loop: Doc = {};
    loop["loop"] = loop;
    expect(issuesOf(loop).map((issue) => issue.split(" ")[1])).toEqual(["document_too_large"]);
  });

  it("never throws on any JSON, and gives only issues of the catalogue", () => {
    const anything = fc.jsonValue({ maxDepth: 4 });
    const nodeLike = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...nodeTypes.keys()), fc.string()),
        config: fc.oneof(
          fc.dictionary(
            fc.constantFrom(
              "expression",
              "condition",
              "cases",
              "url",
              "headers",
              "body",
              "durationMs",
              "until",
              "query",
              "output",
              "retry",
            ),
            anything,
          ),
          anything,
        ),
      },
      { requiredKeys: [] },
    );
    const documentLike = fc.record(
      {
        apiVersion: fc.constant("meshhook/v1"),
        kind: fc.constant("Workflow"),
        slug: fc.oneof(fc.constant("s"), fc.string()),
        nodes: fc.oneof(
          fc.dictionary(
            fc.oneof(fc.constantFrom("a", "b", "hook", "__proto__", "constructor"), fc.string()),
            fc.oneof(nodeLike, anything),
          ),
          anything,
        ),
        edges: fc.oneof(
          fc.array(
            fc.record(
              {
                from: fc.constantFrom("a", "b", "hook"),
                port: fc.constantFrom("out", "error", "true"),
                to: fc.constantFrom("a", "b", "hook"),
              },
              { requiredKeys: ["from", "to"] },
            ),
          ),
          anything,
        ),
        input: anything,
        layout: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(documentLike, anything), (value) => {
        const result = validateDefinition(value);
        for (const issue of "issues" in result ? result.issues : []) {
          expect(Object.keys(issueCatalogue)).toContain(issue.code);
          expect(issue.message).not.toBe("");
          expect(issue.fix).not.toBe("");
        }
        if ("issues" in result) expect(result.issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});
