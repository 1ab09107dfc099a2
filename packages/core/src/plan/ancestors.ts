import type { PlanNode } from "./plan.ts";

/** The nodes of the same graph on paths that lead to a node, in plan order. One pass backwards, because edges only lead forward. */
export function ancestorsOf(node: PlanNode): readonly PlanNode[] {
  const leadsThere = new Set([node.index]);
  const ancestors: PlanNode[] = [];
  for (const candidate of node.graph.nodes.slice(0, node.index).reverse()) {
    if (!candidate.outgoing.some(({ to }) => leadsThere.has(to))) continue;
    leadsThere.add(candidate.index);
    ancestors.push(candidate);
  }
  return ancestors.reverse();
}
