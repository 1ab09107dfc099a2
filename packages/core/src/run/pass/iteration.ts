import { Frame } from "../frame.ts";
import { countIteration } from "../kind/loop.ts";
import type { Loop } from "../loop.ts";
import type { RunState } from "../run-state.ts";
import { iterationScope } from "../scope.ts";
import { succeedStep } from "./end.ts";

/** After a loop was opened or an iteration has ended: begins further iterations, or ends the loop. */
export function advance(state: RunState, loop: Loop): void {
  if (loop.isOver) succeedStep(state, loop.opener, loop.output(), "out");
  else beginIterations(state, loop);
}

/** Begins as many iterations as may go on at the same time. Those that begin together make their passes in their order. */
function beginIterations(state: RunState, loop: Loop): void {
  const { opener } = loop;
  const { body } = opener.planNode;
  const begun: Frame[] = [];
  for (let index = loop.begin(); index !== null; index = loop.begin()) {
    countIteration(body);
    const scope = iterationScope(opener, loop, index);
    const frame = new Frame(body, loop, index, [...opener.frame.iteration, index], scope);
    loop.frames.set(index, frame);
    frame.enter();
    begun.push(frame);
  }
  for (const frame of begun.reverse()) state.enqueue(frame);
}
