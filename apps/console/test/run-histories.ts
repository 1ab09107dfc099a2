import { formatTime, type FactResource } from "@meshhook/contract";
import { compile, type Fact, type Plan, type WorkflowDefinition } from "@meshhook/core";

/** Histories for tests of what the run page shows: small workflows, and facts as the API gives them. */

export const RUN_ID = "019ab2f0-4c00-7000-8010-00000000000a";
/** A round microsecond as a start. */
const START = 1_764_000_000_000_000;
export const ms = (count: number): number => START + count * 1_000;

/** Calls twice, waits, branches and ends. */
export const CALLING: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "calling",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    total: { type: "transform@1", config: { expression: "input.a + input.b" } },
    send: {
      type: "http_call@1",
      config: {
        url: "https://api.example.com/orders/{{ input.id }}",
        method: "POST",
        body: { total: { $jmes: "nodes.total.output" } },
        retry: { attemptsMax: 3, baseMs: 100, factor: 1, jitter: "none" },
      },
    },
    pause: { type: "delay@1", config: { durationMs: 2_000 } },
    size: {
      type: "branch@1",
      config: { cases: [{ port: "large", when: "nodes.total.output > `10`" }], otherwise: "small" },
    },
    large: { type: "terminate@1", config: { output: { size: "large" } } },
    small: { type: "terminate@1", config: { output: { size: "small" } } },
  },
  edges: [
    { from: "hook", to: "total" },
    { from: "total", to: "send" },
    { from: "send", to: "pause" },
    { from: "pause", to: "size" },
    { from: "size", port: "large", to: "large" },
    { from: "size", port: "small", to: "small" },
  ],
};

export const DELIVERY: Fact = {
  kind: "delivery",
  at: ms(0),
  headers: { "content-type": "application/json" },
  query: {},
  body: { id: "A/1", a: 1, b: 2 },
};

export function failed(attempt: number, at: number, status = 503): Fact {
  return { kind: "response", at, node: "send", attempt, durationUs: 20_000, status, headers: {}, body: "busy" };
}

export const ANSWERED: Fact = {
  kind: "response",
  at: ms(500),
  node: "send",
  attempt: 3,
  durationUs: 30_000,
  status: 201,
  headers: { "content-type": "application/json" },
  body: { accepted: true },
};

export const planOf = (definition: WorkflowDefinition): Plan => compile(definition);

/** Facts as `GET /runs/{id}/facts` gives them: one inner array per segment. */
export function asResources(segments: readonly (readonly Fact[])[]): FactResource[] {
  return segments.flatMap((facts, seq) =>
    facts.map(({ kind, at, ...data }, position) => ({ seq, position, kind, at: formatTime(at), data })),
  );
}

/** A loop over orders, and in it one over their lines, each of which is sent. */
export const NESTED: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "nested",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    orders: {
      type: "loop@1",
      config: {
        items: "input.orders",
        failuresMax: 1,
        body: {
          nodes: {
            lines: {
              type: "loop@1",
              config: {
                items: "item",
                body: {
                  nodes: {
                    send: {
                      type: "http_call@1",
                      label: "Send a line",
                      config: { url: "https://api.example.com/{{ item }}", retry: { attemptsMax: 1 } },
                    },
                  },
                  edges: [],
                },
              },
            },
          },
          edges: [],
        },
      },
    },
  },
  edges: [{ from: "hook", to: "orders" }],
};
