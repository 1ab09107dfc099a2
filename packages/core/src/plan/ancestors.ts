import type { Plan, PlanNode } from "./plan.ts";

/** The nodes on paths that lead to a node, in plan order. One pass backwards, because edges only lead forward. */
export function ancestorsOf(plan: Plan, node: PlanNode): readonly PlanNode[] {
  const leadsThere = new Set([node.index]);
  const ancestors: PlanNode[] = [];
  for (const candidate of plan.nodes.slice(0, node.index).reverse()) {
    if (!candidate.outgoing.some(({ to }) => leadsThere.has(to))) continue;
    leadsThere.add(candidate.index);
    ancestors.push(candidate);
  }
  return ancestors.reverse();
}
