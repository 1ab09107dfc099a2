import { RE2JS, RE2JSException } from "re2js";

import type { Finder, Span } from "./span.ts";

/** A pattern cannot be used. The message says why. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

const CHARACTERS_MAX = 500;

/**
 * A pattern of a project's own. RE2 takes time in proportion to the text, whatever the pattern (docs/decisions/0088).
 *
 * @throws PatternError
 */
export function ownPattern(source: string): Finder {
  if (source.length > CHARACTERS_MAX) throw new PatternError(`The pattern has more than ${CHARACTERS_MAX} characters`);
  const pattern = compiled(source);
  if (pattern.matcher("").find())
    throw new PatternError(`The pattern "${source}" matches an empty text, so that it would be found everywhere`);
  return (text) => {
    const spans: Span[] = [];
    const matcher = pattern.matcher(text);
    while (matcher.find())
      if (matcher.end() > matcher.start()) spans.push({ from: matcher.start(), to: matcher.end() });
    return spans;
  };
}

function compiled(source: string): RE2JS {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new PatternError(
      `The pattern "${source}" cannot be used: ${error.message}. Patterns are those of RE2, without look-around and backreferences`,
    );
  }
}
