import type { Scope } from "../../expression/index.ts";
import { resolveValue } from "../../expression/value-template.ts";
import type { Json } from "../../json.ts";
import type { CallWorkflowStep } from "../../plan/plan.ts";
import { childRunId } from "../../run-id.ts";
import type { Micros } from "../../time.ts";
import type { ChildFact } from "../fact.ts";
import type { RunOrigin } from "../origin.ts";
import { failed, type Outcome, succeeded } from "../outcome.ts";
import { stepKey, type StepPlace } from "../step-key.ts";

/** How many runs may be above a child. */
export const CHILD_DEPTH_MAX = 16;

/** The run that calls, and the moment. */
export interface Calling {
  readonly runId: string;
  readonly origin: RunOrigin | null;
  readonly now: Micros;
}

export function runCallWorkflow(
  step: CallWorkflowStep,
  place: StepPlace,
  scope: Scope,
  { runId, origin, now }: Calling,
): Outcome {
  const depth = origin?.kind === "child" ? origin.depth + 1 : 1;
  const { workflow } = step;
  if (depth > CHILD_DEPTH_MAX) {
    return failed(
      "child_too_deep",
      `"${place.node}" would start a run of "${workflow}" below ${CHILD_DEPTH_MAX} other runs; that is one too many`,
    );
  }
  const input = childInput(step, scope);
  const child = childRunId(runId, stepKey(place), now);
  return { kind: "waiting", effect: { kind: "child", ...place, runId: child, workflow, input, depth, dueAt: now } };
}

/** What the child gets as its input. @throws ExpressionError */
export function childInput({ input }: CallWorkflowStep, scope: Scope): Json {
  return input === null ? (scope["input"] as Json) : resolveValue(input, scope);
}

/** How the step goes on once its child has ended. */
export function outcomeOfChild({ workflow }: CallWorkflowStep, fact: ChildFact): Outcome {
  const { error, output, runId, status } = fact;
  switch (status) {
    case "succeeded":
      return error === undefined ? succeeded(output) : failed(error.code, error.message);
    case "canceled":
      return failed("child_canceled", `Run ${runId} of workflow "${workflow}" was canceled`);
    case "failed": {
      const where = error?.node === undefined ? "" : ` in "${error.node}"`;
      const why = error === undefined ? "" : `${where} with ${error.code}: ${error.message}`;
      const message = `Run ${runId} of workflow "${workflow}" failed${why}`;
      return { kind: "failed", error: { code: "child_failed", message }, response: output };
    }
    case "not_started":
    default:
      return failed(error?.code ?? "child_failed", error?.message ?? `Workflow "${workflow}" could not be started`);
  }
}
