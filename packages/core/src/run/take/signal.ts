import { roundNumbers } from "../../round-numbers.ts";
import type { SignalFact } from "../fact.ts";
import { waitingSteps } from "../find-step.ts";
import { KeptSignals } from "../kept-signals.ts";
import { signalOutput } from "../kind/wait-for-signal.ts";
import { succeeded } from "../outcome.ts";
import { continueWith } from "../pass/continue.ts";
import { beginCounting, makePasses } from "../pass/passes.ts";
import type { RunState } from "../run-state.ts";

/** The first step that waits for it takes it. If there is none, it is kept. */
export function takeSignal(state: RunState, recorded: SignalFact): void {
  const fact = state.semantics === 1 ? { ...recorded, payload: roundNumbers(recorded.payload) } : recorded;
  if (state.status !== "running") {
    state.ignored = "run_over";
    return;
  }
  state.signals ??= new KeptSignals();
  if (!state.signals.note(fact)) {
    state.ignored = "already_known";
    return;
  }
  state.moveTo(fact.at);
  state.countValue(fact.payload);
  const step = waitingSteps(state.root).find(({ effect }) => effect?.kind === "signal" && effect.name === fact.name);
  state.log.signalReceived(fact, step ?? null);
  if (step === undefined) {
    state.signals.keep(fact);
    return;
  }
  beginCounting(state);
  continueWith(state, step, succeeded(signalOutput(fact)));
  makePasses(state);
}
