import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import type { Meter } from "./budget.ts";

/** Equality by value, as JMESPath's `==`: objects regardless of key order. Costs one unit per compared pair. */
export function isEqual(left: Json, right: Json, meter: Meter): boolean {
  if (left === right) return true;
  if (isArray(left)) {
    if (!isArray(right) || left.length !== right.length) return false;
    meter.spend(1 + left.length);
    return left.every((element, index) => isEqual(element, right[index] ?? null, meter));
  }
  if (isObject(left)) {
    if (!isObject(right)) return false;
    const keys = Object.keys(left);
    meter.spend(1 + keys.length);
    if (keys.length !== Object.keys(right).length) return false;
    return keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key] ?? null, right[key] ?? null, meter));
  }
  return false;
}

/** JMESPath's truth: null, false, the empty string, the empty array and the empty object are false; zero is true. */
export function isTruthy(value: Json): boolean {
  if (value === null || value === false || value === "") return false;
  if (isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return true;
}
