import type { Micros } from "../../time.ts";
import type { TimeoutFact } from "../fact.ts";
import { succeeded } from "../outcome.ts";
import { continueWith } from "../pass/continue.ts";
import { abandonIterations, endRun } from "../pass/end.ts";
import { failStep } from "../pass/fail.ts";
import { beginCounting, makePasses } from "../pass/passes.ts";
import type { RunState } from "../run-state.ts";
import { timeoutError } from "../timeout.ts";
import { awaitingStep } from "./awaiting-step.ts";

/** The time is over that a step, or the run, may take. */
export function takeTimeout(state: RunState, fact: TimeoutFact): void {
  if (fact.node === undefined) {
    if (state.status !== "running") state.ignored = "run_over";
    else if (state.timeout === null) state.ignored = "not_awaited";
    else endLate(state, fact.at);
  } else {
    endStepLate(state, fact.node, fact);
  }
}

function endLate(state: RunState, at: Micros): void {
  state.moveTo(at);
  const message = `The run did not end within ${state.plan.timeoutMs} ms`;
  endRun(state, { status: "failed", output: null, error: { code: "run_timeout", message } });
}

function endStepLate(state: RunState, node: string, { at, iteration }: TimeoutFact): void {
  const step = awaitingStep(state, node, iteration);
  if (step === null) return;
  const { effect, loop, timeout } = step;
  const isSignal = effect?.kind === "signal" && effect.dueAt !== null;
  if (timeout === null && !isSignal) {
    state.ignored = "not_awaited";
    return;
  }
  state.moveTo(at);
  beginCounting(state);
  if (isSignal && step.planNode.outgoing.some(({ port }) => port === "timeout")) {
    continueWith(state, step, succeeded(null, "timeout"));
  } else {
    if (loop !== null) abandonIterations(state, loop);
    failStep(state, step, timeoutError(step), loop === null ? null : loop.output());
  }
  makePasses(state);
}
