import { compile, type EdgeDefinition, type NodeDefinition, type Plan, type WorkflowDefinition } from "@meshhook/core";
import type { SeededRandom } from "@meshhook/testkit";

import { configOf, LIMITED, PORTS, type DraftType } from "./node-config.ts";

const TYPES = [
  "http_call@1",
  "http_call@1",
  "http_call@1",
  "emit@1",
  "delay@1",
  "delay@1",
  "transform@1",
  "template@1",
  "xml_json@1",
  "branch@1",
  "loop@1",
  "wait_for_signal@1",
  "call_workflow@1",
  "terminate@1",
] as const satisfies readonly DraftType[];

/** One node of a random workflow. Draws are whole numbers, so that a workflow from which a node was taken out is still one. */
export interface NodeDraft {
  readonly type: DraftType;
  readonly draw: number;
  /** How many nodes back each of its parents is, and which of its ports leads here. */
  readonly parents: readonly { readonly back: number; readonly port: number }[];
  /** So many edges are enough; 0, and where fewer lead here: all. */
  readonly join?: number;
  /** How long its step may take. */
  readonly timeoutMs?: number;
}

export interface WorkflowDraft {
  readonly nodes: readonly NodeDraft[];
  /** How many of its runs may go on at the same time. */
  readonly concurrency?: number;
  /** How long a run may take. */
  readonly timeoutMs?: number;
  /** Runs also start at these seconds of the simulation's first minute. */
  readonly schedule?: { readonly seconds: readonly number[]; readonly missed: "skip" | "all" };
}

export function draftWorkflow(random: SeededRandom): WorkflowDraft {
  const nodes = Array.from({ length: random.int(7) }, () => draftNode(random));
  return {
    nodes,
    ...(random.int(4) === 0 ? { concurrency: 1 + random.int(3) } : {}),
    ...(random.int(6) === 0 ? { timeoutMs: 1_000 + random.int(30_000) } : {}),
    ...(random.int(5) === 0
      ? {
          schedule: {
            seconds: [...new Set(Array.from({ length: 3 }, () => 1 + random.int(14)))].sort((one, two) => one - two),
            missed: random.pick(["skip", "all"]),
          },
        }
      : {}),
  };
}

function draftNode(random: SeededRandom): NodeDraft {
  const type = random.pick([...TYPES]);
  const draw = random.int(1_000_000);
  const parents = Array.from({ length: 1 + random.int(3) }, () => ({ back: random.int(8), port: random.int(6) }));
  const join = random.int(3) === 0 ? 1 + random.int(2) : 0;
  const isLimited = random.int(6) === 0 && LIMITED.has(type);
  const timeoutMs = 200 + random.int(8_000);
  return { type, draw, parents, ...(join > 0 ? { join } : {}), ...(isLimited ? { timeoutMs } : {}) };
}

export interface SimulatedWorkflow {
  readonly plan: Plan;
  readonly definition: string;
  readonly hasSchedule: boolean;
}

/** The workflows of a scenario. Runs of a random one may start those that come after it. */
export function workflowsOf(scenario: {
  readonly workflows: readonly WorkflowDraft[];
  readonly documents?: readonly WorkflowDefinition[];
  readonly projectLimits?: readonly unknown[];
}): readonly SimulatedWorkflow[] {
  const slugs = scenario.workflows.map((_, at) => `w${at}`);
  const documents =
    scenario.documents ??
    scenario.workflows.map((draft, at) => {
      const slug = slugs[at] ?? "";
      // Runs that go on one after the other have to be short, so that all of them end in the time that there is.
      const isShort = draft.concurrency !== undefined || scenario.projectLimits !== undefined;
      return definitionOf(draft, { slug, callees: slugs.slice(at + 1), isShort });
    });
  return documents.map((document) => ({
    plan: compile(document),
    definition: JSON.stringify(document),
    hasSchedule: Object.values(document.nodes).some(({ type }) => type === "schedule@1"),
  }));
}

function definitionOf(
  draft: WorkflowDraft,
  around: { readonly slug: string; readonly callees: readonly string[]; readonly isShort: boolean },
): WorkflowDefinition {
  const { slug, callees, isShort } = around;
  const { concurrency, schedule, timeoutMs } = draft;
  const nodes: { [id: string]: NodeDefinition } = { hook: { type: "webhook@1", config: {} } };
  const edges = new Map<string, EdgeDefinition>();
  const open: { readonly id: string; readonly ports: readonly string[] }[] = [{ id: "hook", ports: ["out"] }];
  if (schedule !== undefined) {
    // The same seconds of the next year never come.
    const cron = `${schedule.seconds.join(",")} 0 0 24 11 *`;
    nodes["tick"] = { type: "schedule@1", config: { cron, missed: schedule.missed } };
  }
  for (const [index, { type, draw, parents, join = 0, timeoutMs: stepMs }] of draft.nodes.entries()) {
    const id = `n${index}`;
    let parent = "hook";
    for (const { back, port } of parents) {
      const from = open[Math.max(0, open.length - 1 - back)];
      const name = from?.ports[port % from.ports.length];
      if (from === undefined || name === undefined) continue;
      parent = from.id;
      edges.set(`${from.id} ${name} ${id}`, { from: from.id, port: name, to: id });
      // What the webhook starts, the schedule starts too.
      if (from.id === "hook" && schedule !== undefined) edges.set(`tick out ${id}`, { from: "tick", to: id });
    }
    const leading = [...edges.values()].filter(({ to }) => to === id).length;
    nodes[id] = {
      type,
      config: configOf(type, draw, { id, parent, callees, isShort }),
      ...(join > 0 && join < leading ? { join } : {}),
      ...(stepMs === undefined ? {} : { timeoutMs: stepMs }),
    };
    if (type !== "terminate@1") open.push({ id, ports: PORTS[type] });
  }
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes,
    edges: [...edges.values()],
    ...(concurrency === undefined ? {} : { limits: { concurrency } }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
