import { createServer, type Server } from "node:http";

import type { Client } from "@meshhook/contract";
import type { WorkflowDefinition } from "@meshhook/core";

/** Workflows for tests of the run page, published and run on a real server. */

type Parts = Pick<WorkflowDefinition, "nodes" | "edges">;

function workflow(slug: string, name: string, { nodes, edges }: Parts): WorkflowDefinition {
  return { apiVersion: "meshhook/v1", kind: "Workflow", slug, name, nodes, edges };
}

/** Adds up, takes a branch, ends: no call. */
export const PURE = workflow("orders", "Orders", {
  nodes: {
    order: { type: "webhook@1", label: "An order comes in", config: {} },
    totals: {
      type: "transform@1",
      label: "Add it up",
      config: { expression: "{ orderId: input.orderId, total: sum(input.amounts) }" },
    },
    gate: {
      type: "branch@1",
      label: "Decide",
      config: {
        cases: [
          { port: "refuse", when: "nodes.totals.output.total < `0`" },
          { port: "review", when: "nodes.totals.output.total > `1000`" },
        ],
        otherwise: "accept",
      },
    },
    accepted: {
      type: "terminate@1",
      label: "Accepted",
      config: { output: { decision: "accepted", total: { $jmes: "nodes.totals.output.total" } } },
    },
    review: { type: "terminate@1", label: "A person looks at it", config: { output: { decision: "review" } } },
    refused: { type: "terminate@1", label: "Refused", config: { status: "failed", reason: "A total below 0" } },
  },
  edges: [
    { from: "order", to: "totals" },
    { from: "totals", to: "gate" },
    { from: "gate", port: "accept", to: "accepted" },
    { from: "gate", port: "review", to: "review" },
    { from: "gate", port: "refuse", to: "refused" },
  ],
});

/** One call with three attempts, or more, 300 ms apart. */
export function calling(url: string, slug = "crm", attemptsMax = 3): WorkflowDefinition {
  return workflow(slug, "Orders to the CRM", {
    nodes: {
      order: { type: "webhook@1", config: {} },
      send: {
        type: "http_call@1",
        label: "Send it to the CRM",
        config: {
          method: "POST",
          url: `${url}/cases/{{ input.id }}`,
          body: { id: { $jmes: "input.id" } },
          retry: { attemptsMax, baseMs: attemptsMax > 3 ? 300 : 50, factor: 1, jitter: "none" },
        },
      },
      done: { type: "terminate@1", label: "Done", config: { output: { $jmes: "nodes.send.output.body" } } },
    },
    edges: [
      { from: "order", to: "send" },
      { from: "send", to: "done" },
    ],
  });
}

/** Calls `count` times one after the other; each call is a fact of its own. */
export function chain(slug: string, url: string, count: number): WorkflowDefinition {
  const names = Array.from({ length: count }, (_, index) => `call_${index + 1}`);
  return workflow(slug, "A chain of calls", {
    nodes: {
      start: { type: "webhook@1", config: {} },
      ...Object.fromEntries(names.map((name) => [name, { type: "http_call@1", config: { url: `${url}/${name}` } }])),
    },
    edges: names.map((name, index) => ({ from: index === 0 ? "start" : `call_${index}`, to: name })),
  });
}

/** Waits for as long as the delivery says. */
export const WAITING = workflow("reminders", "Reminders", {
  nodes: {
    start: { type: "webhook@1", config: {} },
    pause: { type: "delay@1", label: "Wait", config: { durationMs: { $jmes: "input.ms" } } },
    after: { type: "transform@1", config: { expression: "'reminded'" } },
  },
  edges: [
    { from: "start", to: "pause" },
    { from: "pause", to: "after" },
  ],
});

/** `width` calls at once, of which each is tried `attempts` times and then given up: a long log. */
export function wide(url: string, width: number, attempts: number): WorkflowDefinition {
  const names = Array.from({ length: width }, (_, index) => `call_${index + 1}`);
  return workflow("wide", "Many calls at once", {
    nodes: {
      start: { type: "webhook@1", config: {} },
      ...Object.fromEntries(
        names.map((name) => [
          name,
          {
            type: "http_call@1",
            config: { url: `${url}/${name}`, retry: { attemptsMax: attempts, baseMs: 0, jitter: "none" } },
          },
        ]),
      ),
      after: { type: "transform@1", config: { expression: "'over'" } },
    },
    edges: names.flatMap((name) => [
      { from: "start", to: name },
      { from: name, port: "error", to: "after" },
    ]),
  });
}

/** Measures each line, which fails for a line that is not a number. */
export const LOOPING = workflow("lines", "Lines", {
  nodes: {
    order: { type: "webhook@1", config: {} },
    each: {
      type: "loop@1",
      label: "Each line",
      config: {
        items: "input.lines",
        body: {
          nodes: { measure: { type: "transform@1", label: "Measure", config: { expression: "abs(item)" } } },
          edges: [],
        },
      },
    },
  },
  edges: [{ from: "order", to: "each" }],
});

/** Publishes a workflow with an endpoint and gives its token. */
export async function publish(client: Client, definition: WorkflowDefinition): Promise<string> {
  await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: definition.slug });
  const { token } = await client.createEndpoint({
    body: { workflow: definition.slug, name: `${definition.slug} hook` },
  });
  return token;
}

/** A target of calls that answers as the test says, request by request. */
export interface Target {
  readonly url: string;
  /** Given the path; how the next requests are answered. Null: not at all. */
  answer: (path: string) => { readonly status: number; readonly body: unknown } | null;
  close(): Promise<void>;
}

export async function startTarget(answer: Target["answer"]): Promise<Target> {
  const server: Server = createServer((request, response) => {
    request.resume();
    const given = target.answer(request.url ?? "/");
    if (given === null) return;
    response.writeHead(given.status, { "content-type": "application/json" });
    response.end(JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const target: Target = {
    url: `http://127.0.0.1:${port}`,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return target;
}
