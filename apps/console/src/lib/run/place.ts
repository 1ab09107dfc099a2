import type { Plan, PlanNode, RunEvent, StepPlace } from "@meshhook/core";

/** A step, or an iteration of a loop: the loop's node with one number more than the loop itself has. */
export type Place = StepPlace;

/** `[3][0]`, as the engine writes it behind the name of a step; empty outside loops. */
export function bracketsOf(iteration: readonly number[] | undefined): string {
  return iteration === undefined || iteration.length === 0 ? "" : `[${iteration.join("][")}]`;
}

/** `3.0`, for addresses; null outside loops. */
export function iterationText(iteration: readonly number[] | undefined): string | null {
  return iteration === undefined || iteration.length === 0 ? null : iteration.join(".");
}

/** The loops around a node, outermost first. */
export function loopsAround(node: PlanNode): readonly PlanNode[] {
  const { opener } = node.graph;
  return opener === null ? [] : [...loopsAround(opener), opener];
}

/** The node of the workflow's own graph that a node belongs to: itself, or the outermost loop around it. */
export function topOf(plan: Plan, node: string): string {
  const planNode = plan.nodeById.get(node);
  return (planNode === undefined ? undefined : loopsAround(planNode)[0]?.id) ?? node;
}

/**
 * The place that an address names. Inside a loop without the numbers of its iterations it is the outermost loop. Null when the plan has no
 * such node.
 */
export function placeFrom(plan: Plan, node: string | null, iteration: string | null): Place | null {
  const planNode = node === null ? undefined : plan.nodeById.get(node);
  if (planNode === undefined) return null;
  const numbers =
    iteration !== null && /^\d{1,9}(?:\.\d{1,9}){0,15}$/.test(iteration) ? iteration.split(".").map(Number) : [];
  const depth = loopsAround(planNode).length;
  if (numbers.length !== depth && !(planNode.step.type === "loop@1" && numbers.length === depth + 1))
    return { node: topOf(plan, planNode.id) };
  return numbers.length === 0 ? { node: planNode.id } : { node: planNode.id, iteration: numbers };
}

/** Whether a place is an iteration of a loop and not a step. */
export function isIteration(plan: Plan, { node, iteration = [] }: Place): boolean {
  const planNode = plan.nodeById.get(node);
  return planNode !== undefined && iteration.length > loopsAround(planNode).length;
}

/** The step around a place: of an iteration its loop, of a step in a body the iteration; null outside loops. */
export function placeAround(plan: Plan, place: Place): Place | null {
  const { node, iteration = [] } = place;
  if (isIteration(plan, place)) {
    const outer = iteration.slice(0, -1);
    return outer.length === 0 ? { node } : { node, iteration: outer };
  }
  const loop = plan.nodeById.get(node)?.graph.opener ?? null;
  return loop === null ? null : { node: loop.id, iteration };
}

/** Whether a place is in another one: the same step, or a step in the body of that loop or in that iteration. */
export function isWithin(
  plan: Plan,
  inner: Pick<RunEvent, "node" | "iteration">,
  { node, iteration = [] }: Place,
): boolean {
  let at: PlanNode | null = inner.node === undefined ? null : (plan.nodeById.get(inner.node) ?? null);
  while (at !== null && at.id !== node) at = at.graph.opener;
  return at !== null && iteration.every((number, depth) => inner.iteration?.[depth] === number);
}

/** Where a line of the log leads: to its step, or to the iteration whose end it tells. */
export function placeOfEvent({ node, type, iteration, data }: RunEvent): Place | null {
  if (node === undefined) return null;
  const index = type.startsWith("iteration.") ? (data as { readonly index?: number } | undefined)?.index : undefined;
  const numbers = [...(iteration ?? []), ...(index === undefined ? [] : [index])];
  return numbers.length === 0 ? { node } : { node, iteration: numbers };
}
