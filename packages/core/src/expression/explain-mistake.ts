const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const PIECE = /^(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|\$?\w+|\{\{|[&|=<>!]+|.)/su;
const OPERATORS_OF_WORDS: ReadonlyMap<string, string> = new Map([
  ["and", "&&"],
  ["or", "||"],
  ["not", "!"],
  ["is", "=="],
]);

/**
 * Says what is wrong at a position of an expression, and how to write what its author probably meant. The parser's own messages
 * name its kinds of tokens, which mean nothing to authors.
 *
 * @param problem  The parser's message, which tells a number in the place of a value from one in the place of a name.
 */
export function explainMistake(text: string, offset: number, problem: string): string {
  const rest = text.slice(offset);
  const number = NUMBER.exec(rest)?.[0];
  if (number !== undefined && problem.includes("invalid token (Number)"))
    return `a number is written between backticks: \`${number.replace(/^(-?)0+(?=\d)/, "$1")}\``;
  const piece = PIECE.exec(rest)?.[0] ?? "";
  const hint = hintFor(text.slice(0, offset), piece, problem);
  return `unexpected ${JSON.stringify(piece)}${hint === null ? "" : `; ${hint}`}`;
}

function hintFor(before: string, piece: string, problem: string): string | null {
  const word = /(\w+)\s+$/.exec(before)?.[1] ?? "";
  const operator = OPERATORS_OF_WORDS.get(piece) ?? OPERATORS_OF_WORDS.get(word);
  if (operator !== undefined) return `write "${operator}" instead of "${OPERATORS_OF_WORDS.has(piece) ? piece : word}"`;
  if (/^\s*\{$/.test(before) && piece.startsWith("{"))
    return 'an expression is written without "{{" and "}}", which belong in templates';
  if (piece === "," && /\[\s*-?\d+\s*$/.test(before)) return "a list of numbers is written between backticks: `[1, 2]`";
  if (before.endsWith("[") && problem.includes("expected Star"))
    return `a field is written after a dot: ${fieldAfterDot(piece)}`;
  if (problem.includes("(Assign)")) return 'compare with "=="';
  return null;
}

function fieldAfterDot(piece: string): string {
  const name = piece.replace(/^['"]|['"]$/g, "");
  return /^[a-z_]\w*$/i.test(name) ? `.${name}` : `.${JSON.stringify(name)}`;
}
