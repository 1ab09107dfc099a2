import type { EdgeDefinition, StepView } from "@meshhook/core";

/** Whether a run took an edge, that is, whether the step at its start ended with the edge's port. */
export function isTaken({ port = "out" }: EdgeDefinition, from: StepView | undefined): boolean {
  if (from?.status === "failed") return port === "error";
  if (from?.status !== "succeeded") return false;
  // A branch's output is the name of its port.
  return port === (from.type === "branch@1" ? from.output : "out");
}
