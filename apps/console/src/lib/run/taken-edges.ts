import type { EdgeDefinition, StepView } from "@meshhook/core";

/** Whether a run took an edge, that is, whether the step at its start ended with the edge's port. */
export function isTaken({ port = "out" }: EdgeDefinition, from: StepView | undefined): boolean {
  if (from?.status === "failed") return port === "error";
  if (from?.status !== "succeeded") return false;
  return port === portOf(from);
}

function portOf({ type, output }: StepView): unknown {
  // A branch's output is the name of its port. A wait has an output if the signal came.
  if (type === "branch@1") return output;
  return type === "wait_for_signal@1" && output === null ? "timeout" : "out";
}
