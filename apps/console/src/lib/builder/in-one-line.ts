import { parseJsonInput } from "@meshhook/core";

/** A longer text is not for a command line anyway. */
const LENGTH_MAX = 4_000;

/** A JSON text without spaces and line breaks; whatever else it is stays as it was. */
export function inOneLine(text: string): string {
  if (text.length > LENGTH_MAX) return text;
  try {
    return JSON.stringify(parseJsonInput(text));
  } catch {
    return text;
  }
}
