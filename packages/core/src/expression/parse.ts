import { compile, tokenize } from "@jmespath-community/jmespath";
import { EXPRESSION_LIMITS } from "./budget.ts";
import { buildProgram } from "./build-program.ts";
import { ExpressionSyntaxError } from "./expression-error.ts";
import { explainMistake } from "./explain-mistake.ts";
import { parseWithExactLiterals } from "./exact-literals.ts";
import type { Expression } from "./index.ts";
import { scanExpression } from "./scan.ts";
import { countNodes, type SyntaxNode } from "./syntax-tree.ts";

/**
 * Reads a JMESPath expression and makes it ready to run.
 *
 * @throws ExpressionSyntaxError with the offset of the first mistake.
 */
export function parseExpression(text: string): Expression {
  return buildExpression(text, parseTree(text));
}

/** Makes an expression from its text and the tree that `parseTree` returned. */
export function buildExpression(text: string, tree: SyntaxNode): Expression {
  return { text, program: buildLocated(tree, text) };
}

/** Reads an expression as a syntax tree within the limits of `EXPRESSION_LIMITS`. */
export function parseTree(text: string): SyntaxNode {
  if (text.length > EXPRESSION_LIMITS.textLengthMax) {
    throw new ExpressionSyntaxError(
      "expression_too_large",
      EXPRESSION_LIMITS.textLengthMax,
      `has ${text.length} characters; the limit is ${EXPRESSION_LIMITS.textLengthMax}`,
    );
  }
  if (text.trim() === "") throw new ExpressionSyntaxError("expression_syntax", 0, "is empty");
  scanExpression(text, 0, false);
  const tree = parseWithExactLiterals(text, parseWithLibrary);
  const nodes = countNodes(tree);
  if (nodes > EXPRESSION_LIMITS.nodesMax) {
    throw new ExpressionSyntaxError(
      "expression_too_large",
      0,
      `has ${nodes} nodes; the limit is ${EXPRESSION_LIMITS.nodesMax}`,
    );
  }
  return tree;
}

const QUOTED = /`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gs;

/** Positions of the tokens. The text's quotes are closed. */
function tokenStarts(text: string): number[] {
  let error: string;
  try {
    return tokenize(text).map((token) => token.start);
  } catch (caught) {
    error = messageOf(caught);
  }
  // The library gives no position, so look for the quoted piece that fails on its own, else for the character it names, outside quotes.
  for (const piece of text.matchAll(QUOTED)) {
    if (attempt(() => tokenize(piece[0])) === null) continue;
    throw new ExpressionSyntaxError(
      "expression_syntax",
      piece.index,
      piece[0].startsWith("`")
        ? "the literal between backticks is not valid JSON; text is written between single quotes"
        : "the name between double quotes is not valid JSON",
    );
  }
  const character = /unknown character: (.)/su.exec(error)?.[1] ?? "";
  const unquoted = text.replace(QUOTED, (piece) => " ".repeat(piece.length));
  const offset = Math.max(0, unquoted.indexOf(character));
  const hint = "‘’‚“”„´".includes(character) ? "; text is written between straight single quotes: 'text'" : "";
  throw new ExpressionSyntaxError("expression_syntax", offset, `unknown character ${JSON.stringify(character)}${hint}`);
}

function parseWithLibrary(text: string): SyntaxNode {
  // There are no more tokens than characters, so most texts need not be counted.
  if (text.length > EXPRESSION_LIMITS.tokensMax) checkTokens(tokenStarts(text));
  let error: string;
  try {
    return compile(text);
  } catch (caught) {
    error = messageOf(caught);
  }
  const starts = tokenStarts(text);
  if (endsEarly(error)) throw new ExpressionSyntaxError("expression_syntax", text.length, "ends too early");
  // The library gives no position. The parser reads from left to right, so the mistake is the first token without which the text is valid
  // or merely ends too early.
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const prefix = text.slice(0, starts[middle + 1] ?? text.length);
    if (isMistake(attempt(() => compile(prefix)))) high = middle;
    else low = middle + 1;
  }
  const offset = starts[low] ?? 0;
  throw new ExpressionSyntaxError("expression_syntax", offset, explainMistake(text, offset, error));
}

function checkTokens(starts: readonly number[]): void {
  if (starts.length <= EXPRESSION_LIMITS.tokensMax) return;
  throw new ExpressionSyntaxError(
    "expression_too_large",
    starts[EXPRESSION_LIMITS.tokensMax] ?? 0,
    `has ${starts.length} words and signs; the limit is ${EXPRESSION_LIMITS.tokensMax}`,
  );
}

/** The message of the error that `action` throws; null when it does not throw. */
function attempt(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  // The parser reads past its last token in some truncated expressions: a TypeError that means an early end.
  if (error instanceof TypeError) return "EOF";
  return error instanceof Error ? error.message : String(error);
}

function isMistake(error: string | null): boolean {
  return error !== null && !endsEarly(error);
}

function endsEarly(error: string): boolean {
  return /\bEOF\b/.test(error);
}

/** Builds the program. A mistake that the tree shows but does not locate is reported at the position of its token. */
function buildLocated(tree: SyntaxNode, text: string): ReturnType<typeof buildProgram> {
  try {
    return buildProgram(tree);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    throw new ExpressionSyntaxError(error.code, offsetOf(error, text), error.message);
  }
}

function offsetOf({ message }: ExpressionSyntaxError, text: string): number {
  const sign = /^"([=&])"/.exec(message)?.[1];
  if (sign !== undefined) return offsetOfMisplaced(sign, tokenize(text));
  const word = /[a-z_]\w*(?=\(\))|\$\w+/i.exec(message)?.[0];
  return word === undefined ? 0 : Math.max(0, text.indexOf(word));
}

/** Of the first such sign that is not where "let" or the arguments of a function may have it; if all of them are, of the last one. */
function offsetOfMisplaced(sign: string, tokens: ReturnType<typeof tokenize>): number {
  const isA = (token: (typeof tokens)[number] | undefined, type: string): boolean => String(token?.type) === type;
  const places = tokens.flatMap((token, at) => (token.value === sign && !isA(token, "Literal") ? [at] : []));
  const mayBeThere = (at: number): boolean => {
    const [beforeLast, last] = [tokens[at - 2], tokens[at - 1]];
    if (sign === "&") return last?.value === "(" || last?.value === ",";
    return isA(last, "Variable") && (beforeLast?.value === "let" || beforeLast?.value === ",");
  };
  return tokens[places.find((at) => !mayBeThere(at)) ?? places.at(-1) ?? 0]?.start ?? 0;
}
