import { parseJsonInput } from "@meshhook/core";

/** A longer text does not belong in a command line. */
const LENGTH_MAX = 4_000;

/** A JSON text without spaces and line breaks; any other text is unchanged. */
export function inOneLine(text: string): string {
  if (text.length > LENGTH_MAX) return text;
  try {
    return JSON.stringify(parseJsonInput(text));
  } catch {
    return text;
  }
}
