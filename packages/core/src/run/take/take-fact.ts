import type { Fact } from "../fact.ts";
import type { RunState } from "../run-state.ts";
import { takeAnswer, takeIntent } from "./answer.ts";
import { takeCancel } from "./cancel.ts";
import { takeChild } from "./child.ts";
import { takeBegin, takeDelivery } from "./delivery.ts";
import { takeSignal } from "./signal.ts";
import { takeTimeout } from "./timeout.ts";
import { takeTimer } from "./timer.ts";

/** Folds a fact. One that comes late, again or unexpectedly changes nothing, and the reason is noted. */
export function takeFact(state: RunState, fact: Fact): void {
  switch (fact.kind) {
    case "delivery":
      takeDelivery(state, fact);
      break;
    case "begin":
      takeBegin(state, fact);
      break;
    case "cancel":
      takeCancel(state, fact);
      break;
    case "intent":
      takeIntent(state, fact);
      break;
    case "timer":
      takeTimer(state, fact);
      break;
    case "child":
      takeChild(state, fact);
      break;
    case "response":
    case "failure":
      takeAnswer(state, fact);
      break;
    case "timeout":
      takeTimeout(state, fact);
      break;
    case "signal":
      takeSignal(state, fact);
      break;
  }
}
