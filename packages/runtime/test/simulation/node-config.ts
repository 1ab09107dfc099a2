import type { JsonObject, NodeDefinition } from "@meshhook/core";

/** The types of nodes that random workflows are made of, by their ports; those that come more often in a list are drawn more often. */
export const PORTS = {
  "http_call@1": ["out", "out", "error"],
  "emit@1": ["out", "out", "error"],
  "delay@1": ["out", "out", "error"],
  "transform@1": ["out", "out", "error"],
  "template@1": ["out", "error"],
  "xml_json@1": ["out", "error"],
  "branch@1": ["true", "false"],
  "loop@1": ["out", "out", "error"],
  "wait_for_signal@1": ["out", "timeout", "error"],
  "call_workflow@1": ["out", "out", "error"],
  "terminate@1": [],
} as const satisfies { readonly [type: string]: readonly string[] };

export type DraftType = keyof typeof PORTS;

/** Types whose steps may have a time limit. */
export const LIMITED: ReadonlySet<DraftType> = new Set([
  "http_call@1",
  "emit@1",
  "delay@1",
  "loop@1",
  "call_workflow@1",
]);

/** Names of the signals that steps wait for. */
export const SIGNAL_NAMES = ["s0", "s1", "s2"] as const;

/** What a node's config depends on besides its draw. */
export interface Surroundings {
  readonly id: string;
  /** A step that leads to it. */
  readonly parent: string;
  /** The workflows that it may call. */
  readonly callees: readonly string[];
  /** Nothing takes long, because many runs wait for each other. */
  readonly isShort: boolean;
}

export function configOf(type: DraftType, draw: number, around: Surroundings): JsonObject {
  const { id, isShort, parent } = around;
  switch (type) {
    case "http_call@1":
      return callConfig(draw, id);
    case "emit@1":
      return {
        url: `https://receiver.example/${id}`,
        signingKeys: [draw % 7 === 0 ? "MISSING" : "KEY"],
        body: { $jmes: "input" },
        timeoutMs: 1_000 + (draw % 4_000),
        retry: retryOf(draw),
      };
    case "delay@1":
      if (draw % 17 === 0) return { durationMs: { $jmes: "input.text" } };
      if (draw % 17 === 1) return { until: { $jmes: "input.at" } };
      return { durationMs: isShort ? draw % 400 : durationOf(draw) };
    case "transform@1":
      return { expression: draw % 9 === 0 ? "abs(input.text)" : "{n: input.n, at: now}" };
    case "template@1":
      return { text: draw % 4 === 0 ? "{{ input.nothing }}" : `{{ input.n }} after {{ nodes.${parent}.output }}` };
    case "xml_json@1":
      return draw % 2 === 0
        ? { direction: "json_to_xml", value: { order: { n: "{{ input.n }}" } } }
        : { direction: "xml_to_json", value: draw % 3 === 0 ? "{{ input.text }}" : "<a>{{ input.n }}</a>" };
    case "branch@1":
      return { condition: `input.n > \`${draw % 20}\`` };
    case "loop@1":
      return loopConfig(draw, around);
    case "wait_for_signal@1":
      return {
        name: draw % 13 === 0 ? "{{ input.nothing || '' }}" : (SIGNAL_NAMES[draw % SIGNAL_NAMES.length] ?? ""),
        ...(draw % 5 < 3 ? { timeoutMs: 200 + (draw % (isShort ? 800 : 12_000)) } : {}),
      };
    case "call_workflow@1":
      return {
        workflow: calleeOf(draw, around),
        ...(draw % 3 === 0 ? {} : { input: { n: { $jmes: "input.n" }, text: "of a child", at: { $jmes: "now" } } }),
      };
    case "terminate@1":
    default:
      return { status: draw % 3 === 0 ? "failed" : "succeeded", output: { $jmes: "input.n" } };
  }
}

function calleeOf(draw: number, { callees }: Surroundings): string {
  return draw % 9 === 0 ? "nowhere" : (callees[draw % callees.length] ?? "nowhere");
}

/** A call for each of some items, then something else. */
function loopConfig(draw: number, around: Surroundings): JsonObject {
  const { id } = around;
  const second = secondOf(draw, around);
  return {
    items: draw % 7 === 0 ? "`[]`" : draw % 23 === 1 ? "input.text" : "[input.n, input.text, `3`]",
    concurrency: 1 + (draw % 3),
    failuresMax: draw % 2,
    ...(draw % 19 === 2 ? { breakWhen: "index == `1`" } : {}),
    body: {
      nodes: { [`${id}a`]: { type: "http_call@1", config: callConfig(draw >> 2, `${id}a`) }, [`${id}b`]: second },
      edges: [{ from: `${id}a`, to: `${id}b` }],
    } as unknown as JsonObject,
  };
}

function secondOf(draw: number, around: Surroundings): NodeDefinition {
  const { callees, id, isShort } = around;
  if (draw % 5 === 3)
    return {
      type: "call_workflow@1",
      // Only one that calls nobody itself: children of children in loops would be too many.
      config: { workflow: callees.at(-1) ?? "nowhere", input: { n: { $jmes: "item" } } },
    };
  if (draw % 5 === 4)
    return { type: "wait_for_signal@1", config: { name: SIGNAL_NAMES[draw % SIGNAL_NAMES.length] ?? "" } };
  if (draw % 15 === 2)
    return {
      type: "loop@1",
      config: {
        items: "[index, item]",
        concurrency: 2,
        body: {
          nodes: { [`${id}c`]: { type: "http_call@1", config: { ...callConfig(draw >> 4, `${id}c`) } } },
          edges: [],
        },
      },
    };
  return draw % 2 === 0
    ? { type: "delay@1", config: { durationMs: isShort ? draw % 400 : durationOf(draw >> 3) } }
    : { type: "transform@1", config: { expression: "[index, item]" } };
}

function callConfig(draw: number, id: string): JsonObject {
  return {
    url: `https://target.example/${id}`,
    body: { $jmes: "input" },
    semantics: draw % 3 === 0 ? "at-most-once" : "at-least-once",
    timeoutMs: 1_000 + (draw % 4_000),
    retry: retryOf(draw),
    ...(draw % 11 === 5 ? { limits: { concurrency: 1 } } : {}),
    ...(draw % 11 === 6 ? { limits: { ratePerSecond: 2 } } : {}),
    ...(draw % 11 === 7
      ? { circuitBreaker: { failures: 2, openMs: 1_000, whenOpen: draw % 2 === 0 ? "fail" : "wait" } }
      : {}),
  };
}

function retryOf(draw: number): JsonObject {
  return {
    attemptsMax: 1 + (draw % 4),
    baseMs: 100 + (draw % 500),
    capMs: 3_000,
    jitter: draw % 2 === 0 ? "none" : "full",
  };
}

/** Mostly short; some are longer than a run stays in memory, and longer than a takeover takes. */
function durationOf(draw: number): number {
  const kind = draw % 10;
  return kind < 6 ? draw % 400 : kind < 9 ? 1_000 + (draw % 7_000) : 20_000 + (draw % 40_000);
}
