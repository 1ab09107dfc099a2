import type { JsonObject, NodeDefinition, WorkflowDefinition } from "@meshhook/core";

import type { Scenario } from "./scenario.ts";

/** A node of a chain, and the port by which the run goes on from it. */
type Link = readonly [id: string, type: string, config: JsonObject, port: string, more?: Partial<NodeDefinition>];

const TARGET = "https://target.example";
const call = (path: string, more: JsonObject = {}): JsonObject => ({
  url: `${TARGET}${path}`,
  body: { $jmes: "input" },
  retry: { attemptsMax: 3, baseMs: 200, jitter: "none" },
  ...more,
});
const emit = (key: string): JsonObject => ({ url: `${TARGET}/events`, signingKeys: [key], body: { $jmes: "input" } });
/** One call after the other, or, with long pauses between them, at the same time. */
const loopBody = (path: string): JsonObject => ({
  nodes: {
    pause: { type: "delay@1", config: { durationMs: { $jmes: "item" } } },
    send: { type: "http_call@1", config: call(path) },
  },
  edges: [{ from: "pause", to: "send" }],
});
const renamed = (body: JsonObject, by: string): JsonObject =>
  JSON.parse(
    JSON.stringify(body).replaceAll('"pause"', `"${by}_pause"`).replaceAll('"send"', `"${by}_send"`),
  ) as JsonObject;

/**
 * Every type of node, by every port that it has: the run goes on from each node by one of them only, so when it has reached its end, all of
 * them were taken.
 */
const CHAIN: readonly Link[] = [
  ["transformed", "transform@1", { expression: "{sum: `3`}" }, "out"],
  ["transform_failed", "transform@1", { expression: "abs(input.text)" }, "error"],
  ["filled", "template@1", { text: "{{#each [`1`, `2`] as one}}{{ one }},{{/each}}" }, "out"],
  ["template_failed", "template@1", { text: "{{ input.nothing }}" }, "error"],
  ["xml", "xml_json@1", { direction: "json_to_xml", value: { order: { "@n": "7" } } }, "out"],
  ["xml_failed", "xml_json@1", { direction: "xml_to_json", value: "<a><b></a>" }, "error"],
  ["yes", "branch@1", { condition: "`true`" }, "true"],
  ["no", "branch@1", { condition: "`false`" }, "false"],
  ["branch_failed", "branch@1", { condition: "abs(input.text)" }, "error"],
  ["called", "http_call@1", call("/called"), "out"],
  ["called_once", "http_call@1", call("/once", { semantics: "at-most-once" }), "out"],
  ["call_refused", "http_call@1", call("/status/404"), "error"],
  ["call_retried", "http_call@1", call("/status/503"), "error"],
  ["call_too_slow", "http_call@1", call("/silent", { timeoutMs: 60_000 }), "error", { timeoutMs: 2_000 }],
  ["emitted", "emit@1", emit("KEY"), "out"],
  ["emit_failed", "emit@1", emit("MISSING"), "error"],
  ["child", "call_workflow@1", { workflow: "child", input: { fails: false } }, "out"],
  ["child_failed", "call_workflow@1", { workflow: "child", input: { fails: true } }, "error"],
  ["child_missing", "call_workflow@1", { workflow: "nowhere" }, "error"],
  ["delayed", "delay@1", { durationMs: 700 }, "out"],
  ["delayed_long", "delay@1", { durationMs: 20_000 }, "out"],
  ["delay_failed", "delay@1", { durationMs: { $jmes: "input.text" } }, "error"],
  ["signaled", "wait_for_signal@1", { name: "go on" }, "out"],
  ["not_signaled", "wait_for_signal@1", { name: "nobody sends it", timeoutMs: 1_500 }, "timeout"],
  ["signal_failed", "wait_for_signal@1", { name: "{{ input.nothing || '' }}" }, "error"],
  ["looped", "loop@1", { items: "[`100`, `400`]", body: renamed(loopBody("/looped"), "l") }, "out"],
  [
    "looped_at_once",
    "loop@1",
    { items: "[`100`, `30000`, `60000`]", concurrency: 3, body: renamed(loopBody("/at-once"), "m") },
    "out",
  ],
  ["loop_failed", "loop@1", { items: "[`100`, `200`]", body: renamed(loopBody("/status/404"), "n") }, "error"],
];

function everyKind(): WorkflowDefinition {
  const nodes: { [id: string]: NodeDefinition } = {
    hook: { type: "webhook@1", config: {} },
    tick: { type: "schedule@1", config: { cron: "5 0 0 24 11 *" } },
    // Joins: with the first of two that lead to it, and with both.
    fast: { type: "http_call@1", config: call("/fast") },
    slow: { type: "delay@1", config: { durationMs: 45_000 } },
    first: { type: "transform@1", join: "any", config: { expression: "nodes.slow.output" } },
    both: { type: "transform@1", config: { expression: "`true`" } },
    done: {
      type: "terminate@1",
      config: { reason: "Every kind has been there", output: { $jmes: "{sum: nodes.transformed.output.sum}" } },
    },
  };
  const edges: { from: string; port?: string; to: string }[] = [];
  let before: readonly { readonly from: string; readonly port?: string }[] = [{ from: "hook" }, { from: "tick" }];
  for (const [id, type, config, port, more] of CHAIN) {
    nodes[id] = { type, config, ...more };
    for (const edge of before) edges.push({ ...edge, to: id });
    before = [{ from: id, port }];
  }
  for (const edge of before) edges.push({ ...edge, to: "fast" }, { ...edge, to: "slow" });
  edges.push({ from: "fast", to: "first" }, { from: "slow", to: "first" });
  edges.push({ from: "first", to: "both" }, { from: "slow", to: "both" }, { from: "both", to: "done" });
  return { apiVersion: "meshhook/v1", kind: "Workflow", slug: "every-kind", nodes, edges };
}

const CHILD: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "child",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    send: { type: "http_call@1", config: call("/child") },
    fails: { type: "branch@1", config: { condition: "input.fails" } },
    failed: { type: "terminate@1", config: { status: "failed" } },
    ended: { type: "terminate@1", config: { output: { $jmes: "nodes.send.output.status" } } },
  },
  edges: [
    { from: "hook", to: "send" },
    { from: "send", to: "fails" },
    { from: "fails", port: "true", to: "failed" },
    { from: "fails", port: "false", to: "ended" },
  ],
};

/** A webhook starts a run of every kind of node, and a schedule another. */
export const EVERY_KIND: Scenario & { readonly documents: readonly WorkflowDefinition[] } = {
  seed: 1,
  machines: 2,
  shards: 2,
  badness: 0,
  limits: { writers: 1, batchRowsMax: 100, runsLiveMax: 50_000, memoryHorizonMs: 10_000 },
  workflows: [],
  documents: [everyKind(), CHILD],
  deliveries: [{ n: 1, atMs: 500, workflow: 0, isKeyed: true, copies: 1 }],
  cancels: [],
  signals: [],
  reruns: [],
  pauses: [],
  faults: [],
};
