import { quoteNumbers, restoreNumbers, signFor } from "../json-exact.ts";
import type { ExactNumber } from "../json-number.ts";
import { literalsOf, type SyntaxNode } from "./syntax-tree.ts";

const LITERAL = /`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gs;
const SUSPICIOUS = /`[^`]*(?:\d[\d.]{15}|[eE][+-]?\d\d\d)/;

/**
 * Parses an expression so that numbers in its literals keep their digits. The parser would read them with `JSON.parse`, so it gets strings
 * of the same length instead, which keeps the positions of mistakes.
 */
export function parseWithExactLiterals(text: string, parse: (text: string) => SyntaxNode): SyntaxNode {
  if (!SUSPICIOUS.test(text)) return parse(text);
  const sign = signFor(text);
  const numbers: ExactNumber[] = [];
  const hidden = text.replace(LITERAL, (piece) => {
    if (!piece.startsWith("`")) return piece;
    return quoteNumbers(piece, (number) => {
      numbers.push(number);
      const index = (numbers.length - 1).toString(36);
      return `"${sign}${index.padStart(number.text.length - 3, "0")}"`;
    });
  });
  const tree = parse(hidden);
  for (const literal of literalsOf(tree)) {
    literal.value = restoreNumbers(literal.value, sign, (index) => numbers[Number.parseInt(index, 36)] ?? null);
  }
  return tree;
}
