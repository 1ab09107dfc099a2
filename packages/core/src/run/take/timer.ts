import type { TimerFact } from "../fact.ts";
import { succeeded } from "../outcome.ts";
import { continueWith } from "../pass/continue.ts";
import { beginCounting, makePasses } from "../pass/passes.ts";
import type { RunState } from "../run-state.ts";
import { awaitingStep } from "./awaiting-step.ts";

export function takeTimer(state: RunState, fact: TimerFact): void {
  const step = awaitingStep(state, fact.node, fact.iteration);
  if (step === null) return;
  if (step.effect?.kind !== "timer") {
    state.ignored = "not_awaited";
    return;
  }
  state.moveTo(fact.at);
  state.log.timerFired(step, step.effect.dueAt);
  beginCounting(state);
  continueWith(state, step, succeeded(null));
  makePasses(state);
}
