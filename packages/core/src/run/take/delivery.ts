import { roundNumbers } from "../../round-numbers.ts";
import { withoutPrototype } from "../call-outcome.ts";
import type { BeginFact, DeliveryFact } from "../fact.ts";
import type { Kept } from "../kept.ts";
import type { Loop } from "../loop.ts";
import { limitTime } from "../pass/continue.ts";
import { endStep } from "../pass/end.ts";
import { advance } from "../pass/iteration.ts";
import { beginCounting, makePasses } from "../pass/passes.ts";
import { restore } from "../restore.ts";
import type { RunState } from "../run-state.ts";
import { RunScope } from "../scope.ts";
import { STEP_UNITS } from "../semantics.ts";
import { formatTimestamp } from "../timestamp.ts";

const NO_LOOPS: readonly Loop[] = [];

/** The first fact of a run. It begins at once, unless it is held. */
export function takeDelivery(state: RunState, delivery: DeliveryFact): void {
  const { log, plan } = state;
  state.semantics = delivery.semantics ?? 1;
  const body = state.semantics === 1 ? roundNumbers(delivery.body) : delivery.body;
  state.startedAt = delivery.at;
  state.origin = delivery.origin ?? null;
  state.kept = delivery.kept ?? null;
  state.startIndex = delivery.start === undefined ? 0 : (plan.indexById.get(delivery.start) ?? 0);
  state.lastAt = delivery.at;
  state.now = formatTimestamp(delivery.at);
  log.moveTo(state.seq, delivery.at);
  const received = { headers: withoutPrototype(delivery.headers), query: withoutPrototype(delivery.query), body };
  state.root.scope = new RunScope(received, state.runId, state.now);

  log.runStarted(plan.slug);
  if (delivery.held === true) {
    state.isHeld = true;
    log.runHeld();
  } else {
    begin(state);
  }
}

/** It is the turn of a run that was held. */
export function takeBegin(state: RunState, { at }: BeginFact): void {
  if (!state.isHeld || state.status !== "running") {
    state.ignored = state.status === "running" ? "not_awaited" : "run_over";
    return;
  }
  state.moveTo(at);
  state.isHeld = false;
  state.log.runBegun(state.lastAt - state.startedAt);
  begin(state);
}

/** Ends the step that started the run, skips the one that did not, and runs what follows. */
function begin(state: RunState): void {
  const { kept, plan, root } = state;
  if (plan.timeoutMs !== null) {
    state.timeout = { kind: "timeout", dueAt: state.lastAt + plan.timeoutMs * 1000 };
    state.request(state.timeout);
  }
  for (const index of plan.starts) {
    const step = root.stepAt(index);
    if (index === state.startIndex) {
      step.startedAt = state.lastAt;
      endStep(state, step, "succeeded", root.scope.input, "out");
    } else {
      state.log.stepSkipped(step);
      endStep(state, step, "skipped", null, null);
    }
  }
  state.kept = null;
  const loops = kept === null ? NO_LOOPS : takeOver(state, kept);
  beginCounting(state);
  for (const loop of loops) advance(state, loop);
  makePasses(state);
}

/** Takes over what another run did. @returns The loops that go on, outer ones first. @throws HistoryError as `restore` */
function takeOver(state: RunState, kept: readonly Kept[]): readonly Loop[] {
  const { log, plan, root } = state;
  state.unitsSpent += STEP_UNITS * kept.length;
  const reopened = restore(root, plan, kept, state.lastAt, (step) => log.stepKept(step));
  return reopened.map(({ loop, frames }) => {
    const { opener } = loop;
    if (state.keepsIterations) opener.lastLoop = loop;
    log.loopContinued(opener, loop.progress);
    limitTime(state, opener);
    for (const frame of frames.toReversed()) state.enqueue(frame);
    return loop;
  });
}
