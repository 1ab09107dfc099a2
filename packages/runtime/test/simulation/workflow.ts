import { compile, type EdgeDefinition, type JsonObject, type NodeDefinition, type Plan } from "@meshhook/core";
import type { SeededRandom } from "@meshhook/testkit";

const TYPES = [
  "http_call@1",
  "http_call@1",
  "http_call@1",
  "delay@1",
  "delay@1",
  "transform@1",
  "branch@1",
  "loop@1",
  "terminate@1",
] as const;

/** One node of a random workflow. Draws are whole numbers, so that a workflow from which a node was taken out is still one. */
export interface NodeDraft {
  readonly type: (typeof TYPES)[number];
  readonly draw: number;
  /** How many nodes back each of its parents is, and which of its ports leads here. */
  readonly parents: readonly { readonly back: number; readonly port: number }[];
}

export type WorkflowDraft = readonly NodeDraft[];

const PORTS: Readonly<Record<NodeDraft["type"], readonly string[]>> = {
  "http_call@1": ["out", "out", "error"],
  "delay@1": ["out"],
  "transform@1": ["out"],
  "branch@1": ["true", "false"],
  "loop@1": ["out", "out", "error"],
  "terminate@1": [],
};

export function draftWorkflow(random: SeededRandom): WorkflowDraft {
  return Array.from({ length: random.int(7) }, () => ({
    type: random.pick([...TYPES]),
    draw: random.int(1_000_000),
    parents: Array.from({ length: 1 + random.int(2) }, () => ({ back: random.int(8), port: random.int(6) })),
  }));
}

export interface SimulatedWorkflow {
  readonly plan: Plan;
  readonly definition: string;
}

export function workflowOf(draft: WorkflowDraft, slug: string): SimulatedWorkflow {
  const nodes: { [id: string]: NodeDefinition } = { hook: { type: "webhook@1", config: {} } };
  const edges = new Map<string, EdgeDefinition>();
  const open: { readonly id: string; readonly ports: readonly string[] }[] = [{ id: "hook", ports: ["out"] }];
  for (const [index, { type, draw, parents }] of draft.entries()) {
    const id = `n${index}`;
    for (const { back, port } of parents) {
      const from = open[Math.max(0, open.length - 1 - back)];
      const name = from?.ports[port % from.ports.length];
      if (from !== undefined && name !== undefined)
        edges.set(`${from.id} ${name} ${id}`, { from: from.id, port: name, to: id });
    }
    nodes[id] = { type, config: configOf(type, draw, id) };
    if (type !== "terminate@1") open.push({ id, ports: PORTS[type] });
  }
  const definition = { apiVersion: "meshhook/v1", kind: "Workflow", slug, nodes, edges: [...edges.values()] } as const;
  return { plan: compile(definition), definition: JSON.stringify(definition) };
}

function configOf(type: NodeDraft["type"], draw: number, id: string): JsonObject {
  switch (type) {
    case "http_call@1":
      return callConfig(draw, id);
    case "delay@1":
      return { durationMs: durationOf(draw) };
    case "transform@1":
      return { expression: draw % 9 === 0 ? "abs(input.text)" : "{n: input.n, at: now}" };
    case "branch@1":
      return { condition: `input.n > \`${draw % 20}\`` };
    case "loop@1": {
      const second: NodeDefinition =
        draw % 2 === 0
          ? { type: "delay@1", config: { durationMs: durationOf(draw >> 3) } }
          : { type: "transform@1", config: { expression: "[index, item]" } };
      return {
        items: draw % 7 === 0 ? "`[]`" : "[input.n, input.text, `3`]",
        concurrency: 1 + (draw % 3),
        failuresMax: draw % 2,
        body: {
          nodes: { [`${id}a`]: { type: "http_call@1", config: callConfig(draw >> 2, `${id}a`) }, [`${id}b`]: second },
          edges: [{ from: `${id}a`, to: `${id}b` }],
        } as unknown as JsonObject,
      };
    }
    default:
      return { status: draw % 3 === 0 ? "failed" : "succeeded", output: { $jmes: "input.n" } };
  }
}

function callConfig(draw: number, id: string): JsonObject {
  return {
    url: `https://target.example/${id}`,
    body: { $jmes: "input" },
    semantics: draw % 3 === 0 ? "at-most-once" : "at-least-once",
    timeoutMs: 1_000 + (draw % 4_000),
    retry: {
      attemptsMax: 1 + (draw % 4),
      baseMs: 100 + (draw % 500),
      capMs: 3_000,
      jitter: draw % 2 === 0 ? "none" : "full",
    },
  };
}

/** Mostly short; some are longer than a run stays in memory, and longer than a takeover takes. */
function durationOf(draw: number): number {
  const kind = draw % 10;
  return kind < 6 ? draw % 400 : kind < 9 ? 1_000 + (draw % 7_000) : 20_000 + (draw % 40_000);
}
