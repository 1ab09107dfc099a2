import type { Json } from "../../json.ts";
import { isArray, isObject } from "../../json-kind.ts";
import { ExactNumber } from "../../json-number.ts";

/** Equality by value, regardless of the order of keys. */
export function isSameJson(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (one instanceof ExactNumber || other instanceof ExactNumber) {
    return one instanceof ExactNumber && other instanceof ExactNumber && one.text === other.text;
  }
  if (isArray(one)) {
    return (
      isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => isSameJson(item, other[index] as Json))
    );
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSameJson(one[key] as Json, other[key] as Json))
  );
}
