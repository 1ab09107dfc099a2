import type { Json } from "../json.ts";
import { evaluate } from "./evaluate.ts";
import { ExpressionError, type ExpressionSyntaxCode, ExpressionSyntaxError } from "./expression-error.ts";
import type { Scope } from "./index.ts";
import { parseExpression } from "./parse.ts";
import { useSemantics } from "./semantics.ts";

/** The value of an expression, or why it has none. Plain data, so that a worker can post it. */
export type ExpressionPreview =
  | { readonly value: Json }
  | {
      readonly error: {
        readonly code: ExpressionSyntaxCode | ExpressionError["code"];
        readonly message: string;
        /** Of the mistake in the text, in UTF-16 units; null when the text is valid and its evaluation failed. */
        readonly offset: number | null;
      };
    };

/**
 * Evaluates a text that someone is writing. Never throws because of that text.
 *
 * @param scope  Any JSON object, as `JSON.parse`, `postMessage` or `explainStep` gives it: expressions see only own members.
 *
 * Cost: bounded by `EXPRESSION_LIMITS`, which can be tens of milliseconds; in a page, ask a worker.
 */
export function previewExpression(text: string, scope: Scope): ExpressionPreview {
  useSemantics(Number.POSITIVE_INFINITY);
  try {
    return { value: evaluate(parseExpression(text), scope) };
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) {
      return { error: { code: error.code, message: error.message, offset: error.offset } };
    }
    if (error instanceof ExpressionError) return { error: { code: error.code, message: error.message, offset: null } };
    throw error;
  }
}
