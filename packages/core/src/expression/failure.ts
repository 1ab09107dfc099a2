import type { Json } from "../json.ts";
import { isArray } from "../json-kind.ts";
import { ExactNumber } from "../json-number.ts";
import { ExpressionError } from "./expression-error.ts";

/** A value for a message: short, and only its type if it may be long. */
export function show(value: Json): string {
  if (typeof value === "string")
    return value.length <= 40 ? `the string ${JSON.stringify(value)}` : `a string of ${value.length} characters`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof ExactNumber) {
    return value.text.length <= 40 ? value.text : `a number of ${value.text.length} characters`;
  }
  return value === null ? "null" : isArray(value) ? "an array" : "an object";
}

/** An `expression_failed` error. */
export function failed(message: string): ExpressionError {
  return new ExpressionError("expression_failed", message);
}

/** Returns a number, or throws if JSON cannot express it (overflow). */
export function finite(value: number, name: string): number {
  if (Number.isFinite(value)) return value;
  throw failed(`${name} gives a number outside the range of JSON numbers`);
}
