import { addUnits, limitUnits, ranOutOfUnits, spentUnits, takeSpentUnits } from "../../expression/budget.ts";
import { useSemantics } from "../../expression/semantics.ts";
import type { Frame } from "../frame.ts";
import { resultOf } from "../kind/loop.ts";
import type { Loop } from "../loop.ts";
import { explainFailure } from "../request.ts";
import type { RunState } from "../run-state.ts";
import { EDGE_UNITS, RUN_LIMITS, SEMANTICS, STEP_UNITS } from "../semantics.ts";
import type { Step } from "../step.ts";
import { endRun, endStep, keepIteration } from "./end.ts";
import { exhaust, failIteration } from "./fail.ts";
import { advance } from "./iteration.ts";
import { perform } from "./perform.ts";

/**
 * Begins to count what the fact costs, until `makePasses` ends.
 *
 * The module that evaluates expressions counts them for the caller that took the count last, so nothing else may be evaluated in between.
 */
export function beginCounting({ semantics, unitsLeft }: RunState): void {
  if (semantics < SEMANTICS) useSemantics(semantics);
  takeSpentUnits(unitsLeft);
}

/**
 * Makes the passes of all queued frames, until the slice is used up. The frames of iterations come before the rest of the graph that
 * opened them.
 */
export function makePasses(state: RunState): void {
  let isFirst = true;
  try {
    for (let frame = state.queue; frame !== null; frame = state.queue) {
      const step = frame.take();
      if (step === null) {
        state.dequeue(frame);
        if (frame.left === 0 && !frame.isAbandoned) endFrame(state, frame);
        continue;
      }
      // A slice has at least one step, however small the slice.
      if (!isFirst && state.sliceUnits !== null && state.unitsSpent + spentUnits() >= state.sliceEnd) {
        frame.putBack(step);
        return;
      }
      isFirst = false;
      decide(state, step);
    }
  } finally {
    state.unitsSpent += takeSpentUnits();
    if (state.semantics < SEMANTICS) useSemantics(SEMANTICS);
  }
}

function decide(state: RunState, step: Step): void {
  addUnits(STEP_UNITS + EDGE_UNITS * step.planNode.outgoing.length);
  if (step.isTaken) {
    perform(state, step);
  } else {
    state.log.stepSkipped(step);
    endStep(state, step, "skipped", null, null);
  }
}

/** All steps of a frame have ended. */
function endFrame(state: RunState, frame: Frame): void {
  if (frame.loop === null) endRun(state, { status: "succeeded", output: null });
  else endIteration(state, frame.loop, frame);
}

function endIteration(state: RunState, loop: Loop, frame: Frame): void {
  const { opener } = loop;
  keepIteration(state, loop, frame);
  if (state.semantics > 1) limitUnits(RUN_LIMITS.stepUnits);
  try {
    frame.scope.now = state.now;
    const { result, isLast } = resultOf(loop.kind, frame);
    loop.succeed(frame.index, result, isLast);
    state.log.iterationSucceeded(opener, frame.iteration, result, isLast);
  } catch (error) {
    if (ranOutOfUnits()) exhaust(state, opener);
    else failIteration(state, loop, frame, { ...explainFailure(error), node: opener.node });
    return;
  }
  advance(state, loop);
}
