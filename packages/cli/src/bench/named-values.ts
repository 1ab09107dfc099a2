import { CommandError } from "../exit-codes.ts";

/** A value that was given as `name=value`. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/**
 * Splits every pair of an option.
 *
 * @param example  What would be right, for the message.
 * @throws CommandError  badInput, with every one that is not a pair.
 */
export function pairsOf(option: string, texts: readonly string[], example: string): readonly NamedValue[] {
  const wrong = texts.filter((text) => text.indexOf("=") < 1);
  if (wrong.length > 0) {
    const lines = wrong.map((text) => `${option} "${text}" is not of the form name=value, such as ${example}.`);
    throw new CommandError("badInput", lines.join("\n"));
  }
  return texts.map((text) => {
    const at = text.indexOf("=");
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
}

/** Names of environment variables are in capitals, those of a scenario's fields and of PostgreSQL's settings are not. */
export function isVariable(name: string): boolean {
  return /^[A-Z]/.test(name);
}
