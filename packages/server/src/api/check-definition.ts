import {
  validateDefinition,
  type InvalidDefinition,
  type Issue,
  type Plan,
  type ValidDefinition,
} from "@meshhook/core";
import { scheduleFault } from "@meshhook/runtime";

/**
 * Checks a definition as the engine does, and its schedule, which depends on the present time and on the time zones that this process knows.
 */
export function checkDefinition(value: unknown): ValidDefinition | InvalidDefinition {
  const checked = validateDefinition(value);
  if ("issues" in checked) return checked;
  const issues = scheduleIssues(checked.plan);
  return issues.length === 0 ? checked : { issues };
}

/** The node of a plan that starts runs by time; null when there is none. */
export function scheduleOf({ nodes, starts }: Plan) {
  for (const index of starts) {
    const node = nodes[index];
    if (node?.step.type === "schedule@1") return { node: node.id, step: node.step };
  }
  return null;
}

function scheduleIssues(plan: Plan): readonly Issue[] {
  const schedule = scheduleOf(plan);
  const fault = schedule === null ? null : scheduleFault(schedule.step, Date.now() * 1_000);
  if (schedule === null || fault === null) return [];
  const { code, field, message, fix } = fault;
  return [{ path: `/nodes/${schedule.node}/config/${field}`, code, message, fix }];
}
