import type { Plan } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import { findStep } from "./find-step.ts";
import { Frame } from "./frame.ts";
import { HistoryError } from "./history-error.ts";
import type { Kept, KeptLoop } from "./kept.ts";
import { Loop } from "./loop.ts";
import { iterationScope, namesSeenBy } from "./scope.ts";
import type { Step } from "./step.ts";
import { stepKey } from "./step-key.ts";

/** A loop that goes on in a resumed run. */
export interface ReopenedLoop {
  readonly loop: Loop;
  /** Iterations that go on, in their order. */
  readonly frames: readonly Frame[];
}

/**
 * Brings a run that has just begun to where the run it continues was: ends the kept steps and opens the kept loops. Nothing runs yet.
 *
 * @param onStep  Called for each kept step, once it has ended.
 * @returns The loops that go on, outer ones first.
 * @throws HistoryError `history_unknown_node` for a place that the plan does not have.
 */
export function restore(
  root: Frame,
  plan: Plan,
  kept: readonly Kept[],
  at: Micros,
  onStep: (step: Step) => void,
): readonly ReopenedLoop[] {
  const reopened: ReopenedLoop[] = [];
  for (const one of kept) {
    const step = findStep(root, plan, one.node, one.iteration);
    if (step === null || step.status !== "pending") {
      throw new HistoryError(
        "history_unknown_node",
        `The delivery keeps a step "${stepKey(one)}", which plan ${plan.hash} does not have at this place`,
      );
    }
    if ("items" in one) {
      reopened.push(reopen(step, one, at));
      continue;
    }
    step.isKept = true;
    step.attempts = one.attempts ?? 0;
    step.error = one.error ?? null;
    step.frame.end(step, one.error === undefined ? "succeeded" : "failed", one.output, one.port, at);
    onStep(step);
  }
  root.rewind();
  for (const { frames } of reopened) for (const frame of frames) frame.rewind();
  return reopened;
}

function reopen(step: Step, kept: KeptLoop, at: Micros): ReopenedLoop {
  const { body, step: kind } = step.planNode;
  if (kind.type !== "loop@1") {
    throw new HistoryError(
      "history_unknown_node",
      `The delivery keeps iterations of "${step.node}", which is not a loop`,
    );
  }
  const loop = new Loop(step, kind, kept.items, namesSeenBy(step), kept);
  step.status = "waiting";
  step.startedAt = at;
  step.loop = loop;
  const frames = kept.open.map((index) => {
    const scope = iterationScope(step, loop, index);
    const frame = new Frame(body, loop, index, [...step.frame.iteration, index], scope);
    loop.frames.set(index, frame);
    frame.enter();
    return frame;
  });
  return { loop, frames };
}
