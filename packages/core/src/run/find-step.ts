import type { Plan, PlanNode } from "../plan/plan.ts";
import type { Frame } from "./frame.ts";
import type { Step } from "./step.ts";

const NOWHERE: readonly number[] = [];

/** The step at a place, in an iteration that goes on or is kept. Null when there is none. */
export function findStep(root: Frame, plan: Plan, node: string, iteration = NOWHERE): Step | null {
  const planNode = plan.nodeById.get(node);
  if (planNode === undefined) return null;
  const frame = frameOf(root, planNode.graph.opener, iteration, iteration.length);
  return frame?.steps[planNode.index] ?? null;
}

/** The frame of the body of a loop in the iteration with the first `depth` numbers; the workflow's where there is no loop. */
function frameOf(root: Frame, opener: PlanNode | null, iteration: readonly number[], depth: number): Frame | null {
  if (opener === null || depth === 0) return opener === null && depth === 0 ? root : null;
  const outside = frameOf(root, opener.graph.opener, iteration, depth - 1);
  const step = outside?.steps[opener.index];
  const index = iteration[depth - 1] ?? -1;
  return step?.loop?.frames.get(index) ?? step?.ended?.get(index) ?? null;
}

/** The steps that wait, those of iterations behind their loop, iterations in their order. */
export function waitingSteps(frame: Frame): readonly Step[] {
  const waiting: Step[] = [];
  for (const step of frame.steps) {
    if (step.status !== "waiting") continue;
    waiting.push(step);
    if (step.loop !== null) for (const iteration of step.loop.inOrder()) waiting.push(...waitingSteps(iteration));
  }
  return waiting;
}
