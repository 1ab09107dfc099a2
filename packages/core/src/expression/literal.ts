import type { Json } from "../json.ts";
import { emptyObject, isArray, isObject } from "../json-kind.ts";

/**
 * Copies a JSON value written in an expression or a definition, so that its objects inherit nothing, and freezes the copy, since runs share it.
 *
 * The value's depth must be bounded by the caller.
 */
export function freezeLiteral(value: Json): Json {
  if (isArray(value)) return Object.freeze(value.map(freezeLiteral));
  if (!isObject(value)) return value;
  const copy = emptyObject();
  for (const [key, member] of Object.entries(value)) copy[key] = freezeLiteral(member);
  return Object.freeze(copy);
}
