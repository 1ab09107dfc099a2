import type { WorkflowDefinition } from "../definition/definition.ts";
import { definitionHash } from "../definition/hash.ts";
import type { Issue } from "../error/issue.ts";
import { compareCodePoints } from "../expression/text.ts";
import { ConfigReader } from "../node/config-reader.ts";
import { nodeTypes } from "../node/registry.ts";
import { type Link, topologicalOrder } from "./order.ts";
import type { Plan, PlanEdge, PlanNode, PlanStep } from "./plan.ts";

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
  for (const [id, node] of Object.entries(definition.nodes)) {
    const reader = new ConfigReader(["nodes", id, "config"]);
    const step = nodeTypes.get(node.type)?.compile(node.config, reader) ?? null;
    issues.push(...reader.issues);
    if (step !== null) steps.set(id, step);
    else if (reader.issues.length === 0)
      throw new InvalidDefinitionError(`The node "${id}" has the unknown type "${node.type}"`);
  }
  const first = issues[0];
  if (first !== undefined) throw new InvalidDefinitionError(`${first.path}: ${first.message}`);
  return planOf(definition, steps);
}

/** A definition that should be valid but is not. */
export class InvalidDefinitionError extends Error {
  override readonly name = "InvalidDefinitionError";
}

/** Puts compiled steps together. The definition's graph must be valid. */
export function planOf(definition: WorkflowDefinition, steps: ReadonlyMap<string, PlanStep>): Plan {
  for (const { from, to } of definition.edges) {
    if (!steps.has(from) || !steps.has(to))
      throw new InvalidDefinitionError(
        `The edge from "${from}" to "${to}" starts or ends at a node that does not exist`,
      );
  }
  const links: Link[] = definition.edges.map(({ from, to }, index) => ({ from, to, index }));
  const root = [...steps].find(([, step]) => step.type === "webhook@1")?.[0] ?? null;
  const { ids, rest } = topologicalOrder(steps.keys(), links, root);
  if (root === null || rest.size > 0)
    throw new InvalidDefinitionError(root === null ? "No webhook node" : "The edges form a cycle");
  const indexById = new Map(ids.map((id, index) => [id, index]));
  const incoming = new Map<string, number>();
  const outgoing = new Map<string, PlanEdge[]>(ids.map((id) => [id, []]));
  for (const { from, port = "out", to } of definition.edges) {
    incoming.set(to, (incoming.get(to) ?? 0) + 1);
    outgoing.get(from)?.push({ port, to: indexById.get(to) ?? 0 });
  }
  const nodes = ids.flatMap((id, index): PlanNode[] => {
    const step = steps.get(id);
    const edges = outgoing.get(id) ?? [];
    edges.sort((a, b) => a.to - b.to || compareCodePoints(a.port, b.port));
    return step === undefined ? [] : [{ index, id, step, incoming: incoming.get(id) ?? 0, outgoing: edges }];
  });
  return { hash: definitionHash(definition), slug: definition.slug, nodes, indexById };
}
