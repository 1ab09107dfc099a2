import { EXPRESSION_LIMITS } from "./budget.ts";
import { ExpressionSyntaxError } from "./expression-error.ts";

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);
const QUOTES = new Set(["'", '"', "`"]);
/** Characters that are neither quotes nor brackets. */
const PLAIN = /[^()[\]{}'"`]+/y;

/**
 * Walks an expression's quotes and brackets without recursion, before the recursive parser sees it.
 *
 * Stops at the end of the text, or inside a template at the first `}}` outside quotes and brackets.
 *
 * @returns The position where the expression ends.
 * @throws ExpressionSyntaxError for a quote or bracket that is not closed, or nesting that is too deep.
 */
export function scanExpression(text: string, start: number, insideTemplate: boolean): number {
  const open: { readonly closing: string; readonly at: number }[] = [];
  let at = start;
  while (at < text.length) {
    PLAIN.lastIndex = at;
    if (PLAIN.test(text)) {
      at = PLAIN.lastIndex;
      continue;
    }
    const char = text.charAt(at);
    const innermost = open.at(-1);
    if (insideTemplate && innermost === undefined && text.startsWith("}}", at)) return at;
    if (QUOTES.has(char)) {
      at = closingQuote(text, at, start);
      continue;
    }
    const closing = CLOSING.get(char);
    if (closing !== undefined) {
      open.push({ closing, at });
    } else if (char === innermost?.closing) {
      open.pop();
    } else if (char === ")" || char === "]" || char === "}") {
      const wanted = innermost === undefined ? "no bracket is open" : `"${innermost.closing}" must come first`;
      throw new ExpressionSyntaxError("expression_syntax", at - start, `unexpected "${char}": ${wanted}`);
    }
    if (open.length > EXPRESSION_LIMITS.nestingMax) {
      throw new ExpressionSyntaxError(
        "expression_too_large",
        at - start,
        `nests deeper than ${EXPRESSION_LIMITS.nestingMax} levels`,
      );
    }
    at += 1;
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    throw new ExpressionSyntaxError(
      "expression_syntax",
      unclosed.at - start,
      `"${text.charAt(unclosed.at)}" is never closed`,
    );
  }
  if (insideTemplate)
    throw new ExpressionSyntaxError("expression_syntax", 0, `"{{" is never closed; end the hole with "}}"`);
  return at;
}

function closingQuote(text: string, at: number, start: number): number {
  const quote = text.charAt(at);
  let end = at + 1;
  while (end < text.length) {
    if (text.charAt(end) === "\\") end += 2;
    else if (text.charAt(end) === quote) return end + 1;
    else end += 1;
  }
  throw new ExpressionSyntaxError("expression_syntax", at - start, `the quote ${quote} is never closed`);
}
