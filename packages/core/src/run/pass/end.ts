import type { Json } from "../../json.ts";
import type { RunResult } from "../event.ts";
import type { Frame } from "../frame.ts";
import type { Loop } from "../loop.ts";
import type { RunState } from "../run-state.ts";
import type { Step } from "../step.ts";

/** Ends a step, and lets the steps run that its edges decide about. */
export function endStep(
  state: RunState,
  step: Step,
  status: "succeeded" | "failed" | "skipped",
  output: Json,
  port: string | null,
): void {
  if (step.timeout !== null) state.mustSift = true;
  step.frame.end(step, status, output, port, state.lastAt);
  state.enqueue(step.frame);
}

export function succeedStep(state: RunState, step: Step, output: Json, port: string): void {
  state.log.stepSucceeded(step, output, step.type === "branch@1" || port !== "out" ? port : null);
  endStep(state, step, "succeeded", output, port);
}

function cancelStep(state: RunState, step: Step): void {
  if (step.loop !== null) abandonIterations(state, step.loop);
  step.status = "canceled";
  step.endedAt = state.lastAt;
  step.effect = null;
  step.timeout = null;
  step.loop = null;
  state.mustSift = true;
  state.log.stepCanceled(step);
}

/** Gives the iterations up that go on. */
export function abandonIterations(state: RunState, loop: Loop): void {
  for (const frame of loop.inOrder()) abandonIteration(state, loop, frame);
}

/** Gives an iteration up: its waiting steps are canceled. */
export function abandonIteration(state: RunState, loop: Loop, frame: Frame): void {
  keepIteration(state, loop, frame);
  for (const step of frame.steps) if (step.status === "waiting") cancelStep(state, step);
  frame.abandon();
}

/** Keeps an iteration that ends, if iterations are to be looked at later. */
export function keepIteration({ keepsIterations }: RunState, { opener }: Loop, frame: Frame): void {
  if (!keepsIterations) return;
  opener.ended ??= new Map();
  opener.ended.set(frame.index, frame);
}

/** Ends the run: waiting steps are canceled, steps not reached are skipped, and the effects of this fact are void. */
export function endRun(state: RunState, result: RunResult): void {
  const { lastAt, log, root } = state;
  state.status = result.status;
  state.result = result;
  state.effects = null;
  state.queue = null;
  if (root.left > 0) {
    for (const step of root.steps) {
      if (step.status === "waiting") {
        cancelStep(state, step);
      } else if (step.status === "pending") {
        step.status = "skipped";
        step.endedAt = lastAt;
      }
    }
    root.left = 0;
  }
  log.runEnded(result, lastAt - state.startedAt);
}
