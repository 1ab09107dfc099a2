import type { Json, JsonArray } from "../json.ts";
import type { LoopStep } from "../plan/plan.ts";
import type { WaitEffect } from "./effect.ts";
import type { RunResult, StepError } from "./event.ts";

/** How a step continues once it has run, or once what it waited for has come. */
export type Outcome =
  | { readonly kind: "succeeded"; readonly output: Json; readonly port: string }
  /** `response`: what the error port's output shows beside the error; null if nothing. */
  | { readonly kind: "failed"; readonly error: Omit<StepError, "node">; readonly response: Json }
  | { readonly kind: "waiting"; readonly effect: WaitEffect }
  | { readonly kind: "looping"; readonly loop: LoopStep; readonly items: JsonArray }
  /** The run ends here. */
  | { readonly kind: "ended"; readonly output: Json; readonly result: RunResult };

export function succeeded(output: Json, port = "out"): Outcome {
  return { kind: "succeeded", output, port };
}

export function failed(code: string, message: string): Outcome {
  return { kind: "failed", error: { code, message }, response: null };
}
