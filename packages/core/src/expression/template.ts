import { countUnits, EXPRESSION_LIMITS, Meter } from "./budget.ts";
import { evaluate } from "./evaluate.ts";
import { ExpressionError, ExpressionSyntaxError } from "./expression-error.ts";
import { toText } from "./community-functions.ts";
import type { Json } from "../json.ts";
import type { Expression, Scope, Template } from "./index.ts";
import { parseExpression } from "./parse.ts";
import { scanExpression } from "./scan.ts";
import { replacesHalfPairs } from "./semantics.ts";

/** The start and end of a hole's expression in a template's text, between `{{` and `}}`. */
interface TemplateHole {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the holes of a template. `}}` inside quotes or brackets of an expression does not end it.
 *
 * @throws ExpressionSyntaxError with the offset in the template's text.
 */
export function templateHoles(text: string): TemplateHole[] {
  const holes: TemplateHole[] = [];
  let at = text.indexOf("{{");
  while (at !== -1) {
    const start = at + 2;
    const end = within(start, () => scanExpression(text, start, true));
    holes.push({ start, end });
    at = text.indexOf("{{", end + 2);
  }
  return holes;
}

/**
 * Reads a string with `{{ expression }}` holes. To write `{{` itself: `{{ '{{' }}`.
 *
 * @param readHole  Parses the text of a hole; pass one to see each expression.
 * @throws ExpressionSyntaxError with the offset in the template's text.
 */
export function parseTemplate(text: string, readHole: (text: string) => Expression = parseExpression): Template {
  const parts: (string | Expression)[] = [];
  let done = 0;
  for (const { start, end } of templateHoles(text)) {
    if (start - 2 > done) parts.push(text.slice(done, start - 2));
    parts.push(within(start, () => readHole(text.slice(start, end))));
    done = end + 2;
  }
  if (done < text.length) parts.push(text.slice(done));
  return { text, parts };
}

/** Moves the offset of a mistake from the expression to the template around it. */
function within<T>(start: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    throw new ExpressionSyntaxError(error.code, start + error.offset, error.message);
  }
}

const meter = new Meter();

/**
 * Fills a template's holes: strings unchanged, other values as JSON text.
 *
 * Null is refused, because a missing value in an address or a message is hardly ever intended; `{{ input.name || '' }}` allows it.
 *
 * @param encode  Applied to each hole's text, not to the text around it.
 * @throws ExpressionError `expression_failed` or `expression_budget`.
 */
export function renderTemplate(template: Template, scope: Scope, encode?: (text: string) => string): string {
  let result = "";
  for (const part of template.parts) {
    if (typeof part === "string") {
      result += part;
    } else {
      const text = holeText(part, evaluate(part, scope));
      countUnits(text.length >>> (encode === undefined ? 4 : 2));
      result += encode === undefined || part.reference !== undefined ? text : encode(text);
    }
    if (result.length > EXPRESSION_LIMITS.stringLengthMax) {
      throw new ExpressionError(
        "expression_budget",
        `A template gives more than ${EXPRESSION_LIMITS.stringLengthMax} characters`,
      );
    }
  }
  return result;
}

/**
 * The text of a hole with this value.
 *
 * @throws ExpressionError
 */
export function holeText(expression: Expression, value: Json): string {
  if (value === null) {
    throw new ExpressionError(
      "expression_failed",
      `The hole {{${expression.text}}} has no value (null); give a default as in {{${expression.text.trimEnd()} || 'none' }}`,
    );
  }
  meter.begin(null);
  const filled = toText(value, meter);
  // Up to semantics 1, half a surrogate pair became U+FFFD. Now it stays, and the encoder of the text refuses it.
  return replacesHalfPairs() ? filled.toWellFormed() : filled;
}
