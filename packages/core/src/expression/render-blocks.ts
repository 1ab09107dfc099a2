import { emptyObject, isArray } from "../json-kind.ts";
import type { Json } from "../json.ts";
import type { TemplatePart } from "./block-template.ts";
import { countUnits, EXPRESSION_LIMITS } from "./budget.ts";
import { isTruthy } from "./equal.ts";
import { evaluate } from "./evaluate.ts";
import { ExpressionError } from "./expression-error.ts";
import type { Expression, Scope } from "./index.ts";
import { holeText } from "./template.ts";

/** The cost of an element, besides what is written for it. */
const ELEMENT_UNITS = 10;

/** Writes the text of a hole so that it stays what it is; `value` is what the text was made from. */
export type Escape = (text: string, value: Json) => string;

/**
 * Fills a text with blocks.
 *
 * @throws ExpressionError, and what `escape` throws.
 */
export function renderBlocks(parts: readonly TemplatePart[], scope: Scope, escape: Escape): string {
  return append("", parts, scope, escape);
}

function append(before: string, parts: readonly TemplatePart[], scope: Scope, escape: Escape): string {
  let text = before;
  for (const part of parts) {
    switch (part.kind) {
      case "text":
        text += part.text;
        break;
      case "hole": {
        const value = evaluate(part.expression, scope);
        const filled = holeText(part.expression, value);
        countUnits(filled.length >>> 2);
        text += escape(filled, value);
        break;
      }
      case "if":
        text = append(text, isTruthy(evaluate(part.condition, scope)) ? part.body : part.otherwise, scope, escape);
        break;
      case "each":
        text = appendEach(text, part, scope, escape);
        break;
    }
    if (text.length > EXPRESSION_LIMITS.stringLengthMax) {
      throw new ExpressionError(
        "expression_budget",
        `A template gives more than ${EXPRESSION_LIMITS.stringLengthMax} characters`,
      );
    }
  }
  return text;
}

function appendEach(
  before: string,
  part: Extract<TemplatePart, { readonly kind: "each" }>,
  scope: Scope,
  escape: Escape,
): string {
  const list = listOf(part.list, scope);
  if (list.length === 0) return append(before, part.otherwise, scope, escape);
  const inside = Object.assign(emptyObject(), scope);
  let text = before;
  for (const [index, element] of list.entries()) {
    countUnits(ELEMENT_UNITS);
    inside[part.name] = element;
    inside["index"] = index;
    text = append(text, part.body, inside, escape);
  }
  return text;
}

function listOf(expression: Expression, scope: Scope): readonly Json[] {
  const value = evaluate(expression, scope);
  if (isArray(value)) return value;
  const kind = value === null ? "null" : typeof value === "object" ? "not a list" : `a ${typeof value}`;
  throw new ExpressionError(
    "expression_failed",
    `The list of {{#each ${expression.text}}} is ${kind}; give a list, or a default as in ${expression.text} || \`[]\``,
  );
}
