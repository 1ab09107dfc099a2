import type { ChildRun, Plan, PlanNode } from "@meshhook/core";

/** The children that a step started, or for a loop the steps in its body. */
export function childrenOf(node: string, children: readonly ChildRun[], plan: Plan): readonly ChildRun[] {
  return children.filter((child) => {
    let at: PlanNode | null = plan.nodeById.get(child.node) ?? null;
    while (at !== null && at.id !== node) at = at.graph.opener;
    return at !== null;
  });
}
