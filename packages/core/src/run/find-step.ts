import type { Plan, PlanNode } from "../plan/plan.ts";
import type { Frame } from "./frame.ts";
import type { Step } from "./step.ts";

const NOWHERE: readonly number[] = [];

/** The step at a place, in an iteration that goes on or is kept. Null when there is none. */
export function findStep(root: Frame, plan: Plan, node: string, iteration = NOWHERE): Step | null {
  const planNode = plan.nodeById.get(node);
  if (planNode === undefined) return null;
  const { index, graph } = planNode;
  if (graph.opener === null) return iteration.length === 0 ? root.stepAt(index) : null;
  const numbers = iteration.values();
  const frame = frameOf(root, graph.opener, numbers);
  return frame === null || numbers.next().done !== true ? null : frame.stepAt(index);
}

/** The frame of the body of a loop, in the iteration that the next numbers lead to. */
function frameOf(root: Frame, opener: PlanNode, numbers: Iterator<number, unknown>): Frame | null {
  const around = opener.graph.opener;
  const outside = around === null ? root : frameOf(root, around, numbers);
  const number = numbers.next();
  if (outside === null || number.done === true) return null;
  const step = outside.stepAt(opener.index);
  return step.loop?.frames.get(number.value) ?? step.ended?.get(number.value) ?? null;
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
