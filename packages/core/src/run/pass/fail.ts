import type { Json } from "../../json.ts";
import { emptyObject } from "../../json-kind.ts";
import { errorData } from "../event-log.ts";
import type { StepError } from "../event.ts";
import type { Frame } from "../frame.ts";
import type { Loop } from "../loop.ts";
import type { RunState } from "../run-state.ts";
import { RUN_LIMITS } from "../semantics.ts";
import type { Step } from "../step.ts";
import { abandonIteration, abandonIterations, endRun, endStep } from "./end.ts";
import { advance } from "./iteration.ts";

/**
 * Ends a step as failed: if an edge leaves its `error` port, that port is taken; otherwise the iteration that it belongs to fails, or the
 * run.
 *
 * @param response  What the error port's output shows beside the error; null if nothing.
 */
export function failStep(state: RunState, step: Step, error: StepError, response: Json): void {
  const { frame } = step;
  if (step.handlesFailure) {
    step.error = error;
    state.log.stepFailed(step, error, true);
    const output = emptyObject();
    output["error"] = errorData(error);
    if (response !== null) output["response"] = response;
    endStep(state, step, "failed", output, "error");
  } else if (frame.loop === null) {
    failRun(state, step, error);
  } else {
    step.error = error;
    state.log.stepFailed(step, error, false);
    endStep(state, step, "failed", null, null);
    failIteration(state, frame.loop, frame, error);
  }
}

/** The loop goes on if it tolerates the failure. Otherwise its other iterations are given up, and it fails as a step. */
export function failIteration(state: RunState, loop: Loop, frame: Frame, error: StepError): void {
  const { index, iteration } = frame;
  const { opener } = loop;
  abandonIteration(state, loop, frame);
  state.log.iterationFailed(opener, iteration, error);
  if (loop.fail(index, error)) {
    advance(state, loop);
    return;
  }
  abandonIterations(state, loop);
  const message =
    loop.items.length === 1
      ? `The only iteration failed: ${error.message}`
      : `${loop.failed} of ${loop.items.length} iterations failed, the last one (${index}) with ${error.code}: ${error.message}`;
  failStep(state, opener, { code: "loop_failed", message, node: opener.node }, loop.output());
}

/** Ends the run at a step that it cannot afford. */
export function exhaust(state: RunState, step: Step): void {
  const message = `The run needs more than the ${RUN_LIMITS.units} units of work that a run may cost; it came as far as "${step.node}"`;
  failRun(state, step, { code: "run_budget", message, node: step.node });
}

function failRun(state: RunState, step: Step, error: StepError): void {
  step.error = error;
  state.log.stepFailed(step, error, false);
  endStep(state, step, "failed", null, null);
  endRun(state, { status: "failed", output: null, error });
}
