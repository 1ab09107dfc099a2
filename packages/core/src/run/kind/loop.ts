import { addUnits, countUnits } from "../../expression/budget.ts";
import { isTruthy } from "../../expression/equal.ts";
import { evaluate } from "../../expression/evaluate.ts";
import type { Scope } from "../../expression/index.ts";
import { resolveValue } from "../../expression/value-template.ts";
import type { Json } from "../../json.ts";
import { emptyObject, isArray } from "../../json-kind.ts";
import { isNumeric } from "../../json-number.ts";
import type { LoopStep, PlanGraph } from "../../plan/plan.ts";
import type { Frame } from "../frame.ts";
import { Loop } from "../loop.ts";
import { failed, type Outcome, succeeded } from "../outcome.ts";
import type { Step } from "../step.ts";

/** The cost of beginning an iteration, besides its steps. */
const ITERATION_UNITS = 30;

export function runLoop(step: Step, loop: LoopStep, scope: Scope): Outcome {
  const { node } = step;
  const items = evaluate(loop.items, scope);
  if (!isArray(items)) {
    return failed("loop_items_invalid", `The items of "${node}" are ${kindOf(items)}; give an array`);
  }
  if (items.length > loop.itemsMax) {
    return failed(
      "loop_too_long",
      `"${node}" has ${items.length} items, more than its limit of ${loop.itemsMax}; filter them first, or raise itemsMax`,
    );
  }
  return items.length === 0 ? succeeded(new Loop(step, loop, items).output()) : { kind: "looping", loop, items };
}

/** Counts what an iteration costs besides its steps. */
export function countIteration(body: PlanGraph): void {
  addUnits(ITERATION_UNITS + body.nodes.length);
}

/** What an iteration gives, and whether the loop ends with it. @throws ExpressionError */
export function resultOf(loop: LoopStep, frame: Frame): { readonly result: Json; readonly isLast: boolean } {
  const result = loop.result === null ? lastOutputs(frame) : resolveValue(loop.result, frame.scope);
  const isLast = loop.breakWhen !== null && isTruthy(evaluate(loop.breakWhen, frame.scope));
  return { result, isLast };
}

/** The output of the last step that ran; if there are several, because no edge connects them, their outputs by id. */
function lastOutputs(frame: Frame): Json {
  const last = frame.steps.filter(({ planNode, status }) => planNode.outgoing.length === 0 && status !== "skipped");
  const [only] = last;
  if (only === undefined) return null;
  if (last.length === 1) return only.output;
  countUnits(last.length);
  const outputs = emptyObject();
  for (const { node, output } of last) outputs[node] = output;
  return outputs;
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (isNumeric(value)) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
