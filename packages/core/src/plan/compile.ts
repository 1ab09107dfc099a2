import type { GraphDefinition, NodeDefinition, WorkflowDefinition } from "../definition/definition.ts";
import { definitionHash } from "../definition/hash.ts";
import type { Issue } from "../error/issue.ts";
import { compareCodePoints } from "../expression/text.ts";
import { bodyOf } from "../node/loop-body.ts";
import { ConfigReader } from "../node/config-reader.ts";
import { nodeTypes } from "../node/registry.ts";
import { isStart, START_TYPES } from "../node/start-types.ts";
import { type Link, topologicalOrder } from "./order.ts";
import type { Plan, PlanEdge, PlanGraph, PlanNode, PlanStep } from "./plan.ts";

/**
 * Compiles a valid definition to a plan. The same workflow gives the same plan whatever the order of its document.
 *
 * Nodes are in topological order, ties by id (see `topologicalOrder`); a node's edges are ordered by the position of their targets, then by
 * port.
 *
 * @param definition  From `validateDefinition` or `parseDefinition`, possibly stored in between.
 * @throws InvalidDefinitionError when it is not valid.
 */
export function compile(definition: WorkflowDefinition): Plan {
  const issues: Issue[] = [];
  const steps = new Map<string, PlanStep>();
  compileSteps(definition, steps, issues);
  const first = issues[0];
  if (first !== undefined) throw new InvalidDefinitionError(`${first.path}: ${first.message}`);
  return planOf(definition, steps);
}

function compileSteps(graph: GraphDefinition, steps: Map<string, PlanStep>, issues: Issue[]): void {
  for (const [id, node] of Object.entries(graph.nodes)) {
    const reader = new ConfigReader(["nodes", id, "config"]);
    const step = nodeTypes.get(node.type)?.compile(node.config, reader) ?? null;
    issues.push(...reader.issues);
    if (step !== null) steps.set(id, step);
    else if (reader.issues.length === 0)
      throw new InvalidDefinitionError(`The node "${id}" has the unknown type "${node.type}"`);
    const body = bodyOf(node);
    if (body !== null) compileSteps(body, steps, issues);
  }
}

/** A definition that should be valid but is not. */
export class InvalidDefinitionError extends Error {
  override readonly name = "InvalidDefinitionError";
}

/** Puts compiled steps together. The definition's graphs must be valid. */
export function planOf(definition: WorkflowDefinition, steps: ReadonlyMap<string, PlanStep>): Plan {
  const nodeById = new Map<string, PlanNode>();
  const root = buildGraph(definition, steps, null, nodeById);
  if (!isStart(root.nodes[0]?.step.type)) throw new InvalidDefinitionError("No node that starts a run");
  const starts = root.nodes.filter(({ step }) => isStart(step.type)).map(({ index }) => index);
  const timeoutMs = definition.timeoutMs ?? null;
  const waitsCanLapse = timeoutMs !== null || [...nodeById.values()].some(canLapse);
  return Object.assign(root, {
    hash: definitionHash(definition),
    slug: definition.slug,
    starts,
    concurrency: definition.limits?.concurrency ?? null,
    nodeById,
    timeoutMs,
    waitsCanLapse,
  });
}

function canLapse({ step, timeoutMs }: PlanNode): boolean {
  return timeoutMs !== null || step.type === "loop@1" || step.type === "wait_for_signal@1";
}

function joinOf({ join = "all" }: NodeDefinition): number {
  return join === "all" ? 0 : join === "any" ? 1 : join;
}

const NO_BODY: PlanGraph = { nodes: [], indexById: new Map(), opener: null };

/** Nodes and their graph refer to each other. */
type Building = { -readonly [Name in keyof PlanGraph]: PlanGraph[Name] };

function buildGraph(
  { nodes: definitions, edges }: GraphDefinition,
  steps: ReadonlyMap<string, PlanStep>,
  opener: PlanNode | null,
  nodeById: Map<string, PlanNode>,
): PlanGraph {
  const own = new Map(
    Object.keys(definitions).flatMap((id) => {
      const step = steps.get(id);
      return step === undefined ? [] : [[id, step] as const];
    }),
  );
  for (const { from, to } of edges) {
    if (!own.has(from) || !own.has(to))
      throw new InvalidDefinitionError(
        `The edge from "${from}" to "${to}" starts or ends at a node that does not exist`,
      );
  }
  const links: Link[] = edges.map(({ from, to }, index) => ({ from, to, index }));
  const first = START_TYPES.find((type) => [...own.values()].some((step) => step.type === type));
  const root = [...own].find(([, step]) => step.type === first)?.[0] ?? null;
  const { ids, rest } = topologicalOrder(own.keys(), links, root);
  if (rest.size > 0) throw new InvalidDefinitionError("The edges form a cycle");
  const indexById = new Map(ids.map((id, index) => [id, index]));
  const incoming = new Map<string, number>();
  const outgoing = new Map<string, PlanEdge[]>(ids.map((id) => [id, []]));
  for (const { from, port = "out", to } of edges) {
    incoming.set(to, (incoming.get(to) ?? 0) + 1);
    outgoing.get(from)?.push({ port, to: indexById.get(to) ?? 0 });
  }
  const nodes: PlanNode[] = [];
  const racing = new Set<number>();
  const graph: Building = { nodes, indexById, opener };
  for (const [index, id] of ids.entries()) {
    const step = own.get(id);
    const definition = definitions[id];
    if (step === undefined || definition === undefined) continue;
    const leaving = outgoing.get(id) ?? [];
    leaving.sort((a, b) => a.to - b.to || compareCodePoints(a.port, b.port));
    const node = {
      index,
      id,
      graph,
      step,
      body: NO_BODY,
      incoming: incoming.get(id) ?? 0,
      join: joinOf(definition),
      isRacing: racing.has(index),
      timeoutMs: definition.timeoutMs ?? null,
      outgoing: leaving,
    };
    if (node.join > 0) node.isRacing = true;
    if (node.isRacing) for (const { to } of leaving) racing.add(to);
    nodes.push(node);
    nodeById.set(id, node);
    const body = bodyOf(definition);
    if (body !== null) node.body = buildGraph(body, steps, node, nodeById);
  }
  return graph;
}
