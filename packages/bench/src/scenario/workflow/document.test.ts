import { expect, test } from "vitest";
import { areCallsOnceOnly, whyNotMeasured, workflowDocument } from "./document.ts";

/** Everything that sends something, at every depth. */
function nested(semantics: string) {
  const call = (url: string) => ({ type: "http_call@1", config: { url, semantics, body: { nodes: { a: 1 } } } });
  return {
    slug: "orders",
    nodes: {
      order: { type: "webhook@1", config: {} },
      outer: call("https://crm.example.com/cases?kind=1#top"),
      hook: { type: "emit@1", config: { url: "https://partner.example.com", signingKeys: ["KEY"], body: {} } },
      lines: {
        type: "loop@1",
        config: {
          items: "input.lines",
          body: {
            nodes: {
              inner: call("{{ secrets.BASE }}/lines"),
              parts: {
                type: "loop@1",
                config: {
                  items: "item.parts",
                  body: { nodes: { innermost: call("http://10.0.0.1/parts") }, edges: [] },
                },
              },
            },
            edges: [],
          },
        },
      },
    },
    edges: [],
  };
}

const own = (document: object) =>
  ({
    kind: "own",
    path: "orders.yaml",
    document,
    expect: { status: "succeeded", outputs: null, calls: null },
  }) as const;

test("nothing that a workflow of one's own sends leaves the machine, however deep in loops it is", () => {
  const document = nested("at-least-once");
  const before = structuredClone(document);
  const text = JSON.stringify(workflowDocument(own(document), "orders", 4711));
  const urls = [...text.matchAll(/"url":"([^"]*)"/g)].map(([, url]) => url);
  expect(urls).toEqual([
    "http://127.0.0.1:4711/cases?run={{ run.id }}&kind=1",
    "http://127.0.0.1:4711/?run={{ run.id }}",
    // Its host is a secret, so nothing of it is known here.
    "http://127.0.0.1:4711/?run={{ run.id }}",
    "http://127.0.0.1:4711/parts?run={{ run.id }}",
  ]);
  expect(JSON.parse(text)).toMatchObject({
    slug: "bench-orders",
    nodes: { lines: { config: { items: "input.lines" } } },
  });
  expect(document).toEqual(before);
});

test("what is not a workflow stays as it is, for MeshHook to refuse", () => {
  const odd = { slug: "x", nodes: { a: null, b: 5, c: { type: 7, config: "no" }, d: { type: "loop@1", config: {} } } };
  expect(workflowDocument(own(odd), "odd", 1)).toEqual({ ...odd, slug: "bench-odd" });
  expect(workflowDocument(own({ nodes: [] }), "odd", 1)).toEqual({ nodes: [], slug: "bench-odd" });
});

test("calls are made once only if every one of them says so, those in loops as well", () => {
  const { hook: _, ...nodes } = nested("at-most-once").nodes;
  expect(areCallsOnceOnly({ nodes })).toBe(true);
  expect(areCallsOnceOnly(nested("at-most-once"))).toBe(false);
  expect(areCallsOnceOnly({ nodes: { ...nodes, more: { type: "http_call@1", config: { url: "http://a" } } } })).toBe(
    false,
  );
  expect(areCallsOnceOnly({ nodes: { lines: { type: "loop@1", config: { body: { nodes: {} } } } } })).toBe(false);
});

test("a workflow that needs another one, or starts runs by itself, cannot be measured", () => {
  expect(whyNotMeasured(nested("at-least-once"))).toBeNull();
  const inLoop = (node: object) => ({
    nodes: { lines: { type: "loop@1", config: { items: "input", body: { nodes: { node }, edges: [] } } } },
  });
  expect(whyNotMeasured(inLoop({ type: "call_workflow@1", config: { workflow: "other" } }))).toContain(
    'Its node "node"',
  );
  expect(whyNotMeasured({ nodes: { tick: { type: "schedule@1", config: {} } } })).toContain("starts runs by itself");
});
