import { limitUnits, ranOutOfUnits, takeSpentUnits } from "../expression/budget.ts";
import { evaluate } from "../expression/evaluate.ts";
import type { Scope } from "../expression/index.ts";
import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import type { PlanNode } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import { dueTime } from "./delay-time.ts";
import type { CallRequest } from "./effect.ts";
import type { RunResponse } from "./event.ts";
import { type TriedCase, tryCases } from "./kind/branch.ts";
import { childInput } from "./kind/call-workflow.ts";
import { explainFailure, idempotencyKey, renderRequest, type RequestContext } from "./request.ts";
import { responseOf } from "./response.ts";
import type { Run } from "./run.ts";
import { scopeAt } from "./scope.ts";
import { RUN_LIMITS, withSemantics } from "./semantics.ts";
import type { Step } from "./step.ts";
import { stepKey, type StepPlace } from "./step-key.ts";
import { formatTimestamp } from "./timestamp.ts";

/** The input of a step: what its expressions saw, and the values of its config. */
export interface StepExplanation {
  readonly node: string;
  /** What the step's expressions saw. `nodes` contains those before the step that were not skipped. */
  readonly scope: Scope;
  /** Null when an expression failed, so that nothing can be shown: a call without its request, a delay without its duration. */
  readonly input: StepInput | null;
  /** Why an expression failed; with the code that the step's own error has. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export type StepInput =
  | { readonly type: "webhook@1" | "schedule@1" }
  | { readonly type: "transform@1"; readonly expression: string }
  /** The text of a template is the step's output. */
  | { readonly type: "template@1" }
  | { readonly type: "xml_json@1"; readonly value: Json }
  | { readonly type: "branch@1"; readonly tried: readonly TriedCase[] }
  | { readonly type: "http_call@1" | "emit@1"; readonly request: CallRequest }
  | { readonly type: "call_workflow@1"; readonly workflow: string; readonly input: Json }
  | { readonly type: "delay@1"; readonly durationMs: Json }
  | { readonly type: "wait_for_signal@1"; readonly name: string }
  /** The value of the items expression, an array unless the step failed. */
  | { readonly type: "loop@1"; readonly items: Json }
  /** `dueAt` is null when the value of `until` is not a valid time. */
  | { readonly type: "delay@1"; readonly until: Json; readonly dueAt: Micros | null }
  | {
      readonly type: "terminate@1";
      readonly status: "succeeded" | "failed";
      readonly reason: string | null;
      readonly output: Json;
      /** Null where the workflow gives no answer to the webhook, and where the values do not make one. */
      readonly response: RunResponse | null;
    };

/**
 * Recomputes the input of a step. It is not stored, because it follows from the run's facts, like the step itself.
 *
 * @param run  Folded up to any fact.
 * @returns Null when the step has not run (yet), and for a place that the run does not have.
 *
 * Costs as much as the step's expressions.
 */
export function explainStep(run: Run, place: StepPlace): StepExplanation | null {
  const step = run.stepAt(place) as Step | null;
  const at = step?.startedAt ?? null;
  if (step === null || at === null) return null;
  const scope = scopeAt(step, formatTimestamp(at));
  const context = { scope, key: idempotencyKey(run.runId, stepKey(place)), semantics: run.semantics };
  return { node: place.node, scope, ...withSemantics(run.semantics, () => explain(step.planNode, context, at)) };
}

type Explained = Pick<StepExplanation, "input" | "error">;

function explain({ id, step }: PlanNode, context: RequestContext, at: Micros): Explained {
  const { scope, semantics } = context;
  switch (step.type) {
    case "webhook@1":
    case "schedule@1":
      return { input: { type: step.type }, error: null };
    case "transform@1": {
      const { error } = attempt(semantics, () => evaluate(step.expression, scope));
      return { input: { type: step.type, expression: step.expression.text }, error };
    }
    case "branch@1": {
      const tried: TriedCase[] = [];
      const { error } = attempt(semantics, () => tryCases(step, scope, tried));
      return { input: { type: step.type, tried }, error };
    }
    case "template@1":
      return { input: { type: step.type }, error: null };
    case "xml_json@1":
      return attempt(semantics, () => ({ type: step.type, value: resolveValue(step.value, scope) }));
    case "http_call@1":
    case "emit@1":
      return attempt(semantics, () => ({ type: step.type, request: renderRequest(step, context) }));
    case "call_workflow@1":
      return attempt(semantics, () => ({
        type: step.type,
        workflow: step.workflow,
        input: childInput(step, scope),
      }));
    case "delay@1": {
      const { type, durationMs, until } = step;
      return attempt(semantics, () => {
        if (until === null)
          return { type, durationMs: typeof durationMs === "number" ? durationMs : evaluate(durationMs, scope) };
        const dueAt = dueTime(id, step, scope, at);
        // The step determined its time only once.
        if (semantics > 1) limitUnits(RUN_LIMITS.stepUnits);
        return { type, until: resolveValue(until, scope), dueAt: typeof dueAt === "number" ? dueAt : null };
      });
    }
    case "wait_for_signal@1":
      return attempt(semantics, () => ({ type: step.type, name: renderTemplate(step.name, scope) }));
    case "loop@1":
      return attempt(semantics, () => ({ type: step.type, items: evaluate(step.items, scope) }));
    case "terminate@1":
    default:
      return attempt(semantics, () => {
        const output = step.output === null ? null : resolveValue(step.output, scope);
        const reason = step.reason === null ? null : renderTemplate(step.reason, scope).toWellFormed();
        const response = step.response === null ? null : responseOf(step.response, scope);
        return {
          type: step.type,
          status: step.status,
          output,
          reason,
          response: typeof response === "string" ? null : response,
        };
      });
  }
}

/**
 * Within the limit of a step, so that the page that shows it is not blocked. A step of the first semantics may cost as much as a run of the
 * second.
 */
function attempt<T>(
  semantics: number,
  make: () => T,
): { readonly input: T | null; readonly error: StepExplanation["error"] } {
  takeSpentUnits(RUN_LIMITS.units);
  if (semantics > 1) limitUnits(RUN_LIMITS.stepUnits);
  try {
    return { input: make(), error: null };
  } catch (error) {
    const explained = explainFailure(error);
    return { input: null, error: ranOutOfUnits() ? { ...explained, code: "run_budget" } : explained };
  } finally {
    takeSpentUnits();
  }
}
