import type { Json, JsonArray, JsonObject } from "./json.ts";
import { ExactNumber } from "./json-number.ts";

/** Says whether a value is an array. (`Array.isArray` does not narrow readonly arrays.) */
export function isArray(value: Json | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** Says whether a value is an object: neither null, nor an array, nor an exact number. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** Creates an object that inherits nothing, so that no key can reach a prototype. */
export function emptyObject(): { [key: string]: Json } {
  return Object.create(null) as { [key: string]: Json };
}
