import type { StepError } from "./event.ts";
import type { Step } from "./step.ts";

/** Why a step failed that waited for too long. */
export function timeoutError({ effect, hasIntent, node, planNode }: Step): StepError {
  const { step, timeoutMs } = planNode;
  const ms = step.type === "wait_for_signal@1" ? step.timeoutMs : timeoutMs;
  const mayHaveActed = effect?.kind === "call" && (!effect.atMostOnce || hasIntent);
  const doubt = mayHaveActed ? "; its last call may have taken effect" : "";
  return { code: "step_timeout", message: `"${node}" did not end within ${ms} ms${doubt}`, node };
}
