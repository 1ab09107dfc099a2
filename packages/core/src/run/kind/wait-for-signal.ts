import type { Scope } from "../../expression/index.ts";
import { renderTemplate } from "../../expression/template.ts";
import type { Json } from "../../json.ts";
import { emptyObject } from "../../json-kind.ts";
import type { WaitForSignalStep } from "../../plan/plan.ts";
import type { Micros } from "../../time.ts";
import type { SignalFact } from "../fact.ts";
import type { KeptSignals } from "../kept-signals.ts";
import { failed, type Outcome, succeeded } from "../outcome.ts";
import type { StepPlace } from "../step-key.ts";
import { formatTimestamp } from "../timestamp.ts";

/** The longest name of a signal, in UTF-16 units. */
const SIGNAL_NAME_MAX = 200;

/** @param kept  Signals that came before; one with the right name is taken at once. Null: none did. */
export function runWaitForSignal(
  wait: WaitForSignalStep,
  place: StepPlace,
  scope: Scope,
  now: Micros,
  kept: KeptSignals | null,
): Outcome {
  const name = renderTemplate(wait.name, scope);
  if (!isSignalName(name)) {
    const given = name.length > SIGNAL_NAME_MAX ? `${name.length} characters long` : JSON.stringify(name);
    return failed(
      "signal_name_invalid",
      `The name of the signal that "${place.node}" waits for is ${given}; give 1 to ${SIGNAL_NAME_MAX} characters without control characters`,
    );
  }
  const signal = kept === null ? null : kept.take(name);
  if (signal !== null) return succeeded(signalOutput(signal));
  const dueAt = wait.timeoutMs === null ? null : now + wait.timeoutMs * 1000;
  return { kind: "waiting", effect: { kind: "signal", ...place, name, dueAt } };
}

/** 1 to 200 characters, without control characters and halves of characters. */
function isSignalName(name: string): boolean {
  if (name.length === 0 || name.length > SIGNAL_NAME_MAX) return false;
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return name.isWellFormed() && !/[\u0000-\u001f\u007f]/u.test(name);
}

/** What a step puts out that takes a signal. */
export function signalOutput({ at, name, payload }: SignalFact): Json {
  const output = emptyObject();
  output["name"] = name;
  output["payload"] = payload;
  output["at"] = formatTimestamp(at);
  return output;
}
