/** A possible completion at a position in an expression. */
export interface Completion {
  readonly name: string;
  readonly kind: "name" | "function";
  /** A function's signature, or where a name comes from. */
  readonly detail: string;
  readonly info?: string;
}

/** The start of the word being written, and its completions; null when there are none. */
export interface CompletionPlace {
  readonly from: number;
  readonly options: readonly Completion[];
}

/** A path being typed: names, dots, brackets. */
const PATH_BEFORE = /[A-Za-z_"][\w."[\]]*$|(?<![\w)\]])$/;

/**
 * Finds completions for the text before the cursor.
 *
 * @param isTemplate  Only the text between `{{` and `}}` is an expression.
 */
export function completionsAt(
  before: string,
  known: readonly Completion[],
  isTemplate: boolean,
): CompletionPlace | null {
  let start = 0;
  if (isTemplate) {
    const hole = before.lastIndexOf("{{");
    if (hole === -1 || before.includes("}}", hole)) return null;
    start = hole + 2;
  }
  const expression = before.slice(start);
  if (isInText(expression)) return null;
  const match = PATH_BEFORE.exec(expression);
  if (match === null) return null;
  const written = match[0];
  // After a dot, only the names below it are possible, not functions.
  const options = known.filter(({ name, kind }) =>
    written.includes(".") || written.includes("[") ? kind === "name" && name.startsWith(written) : true,
  );
  return options.length === 0 ? null : { from: start + match.index, options };
}

/** Inside a raw string or a literal, where names have no meaning. */
function isInText(expression: string): boolean {
  let quote: string | null = null;
  for (let at = 0; at < expression.length; at += 1) {
    const character = expression[at];
    if (quote !== null && character === "\\") at += 1;
    else if (quote === null && (character === "'" || character === "`")) quote = character;
    else if (character === quote) quote = null;
  }
  return quote !== null;
}
