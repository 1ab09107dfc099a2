import type { Json, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { compareNumbers, ExactNumber } from "../json-number.ts";
import { countUnits, keyUnits, type Meter } from "./budget.ts";

/** Objects with many members that were looked up once, because listing them repeatedly would cost more than is charged. */
const KNOWN_AS_FULL = new WeakSet<object>();
const MANY_KEYS = 8;

/** Equality by value, like JMESPath's `==`: objects regardless of key order. Costs one unit per compared pair. */
export function isEqual(left: Json, right: Json, meter: Meter): boolean {
  if (typeof left === "string") return typeof right === "string" && isSameText(left, right);
  if (left === right) return true;
  if (left instanceof ExactNumber || right instanceof ExactNumber) {
    if (!mayEqualExact(left) || !mayEqualExact(right)) return false;
    countUnits(4);
    return compareNumbers(left, right) === 0;
  }
  if (isArray(left)) {
    if (!isArray(right) || left.length !== right.length) return false;
    meter.spend(1 + left.length);
    return left.every((element, index) => isEqual(element, right[index] ?? null, meter));
  }
  if (isObject(left)) {
    if (!isObject(right)) return false;
    const keys = Object.keys(left);
    meter.spend(1 + keys.length);
    countUnits(2 * keyUnits(keys.length));
    if (keys.length !== Object.keys(right).length) return false;
    return keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key] ?? null, right[key] ?? null, meter));
  }
  return false;
}

/** Only whole numbers that JavaScript writes with an exponent can be a double here and exact there. */
function mayEqualExact(value: Json): value is number | ExactNumber {
  return value instanceof ExactNumber || (typeof value === "number" && Math.abs(value) >= 1e21);
}

/** Texts compare at many characters per nanosecond, so 512 cost a unit. */
function isSameText(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  if (left.length >= 512) countUnits(left.length >>> 9);
  return left === right;
}

/** Truthiness in JMESPath: null, false, the empty string, the empty array and the empty object are false; zero is true. */
export function isTruthy(value: Json): boolean {
  if (value === null || value === false || value === "") return false;
  if (isArray(value)) return value.length > 0;
  if (isObject(value)) return hasMembers(value);
  return true;
}

function hasMembers(value: JsonObject): boolean {
  if (KNOWN_AS_FULL.has(value)) return true;
  const { length } = Object.keys(value);
  if (length > MANY_KEYS) KNOWN_AS_FULL.add(value);
  return length > 0;
}

/** Whether `text` starts with `start`. Uses `===`, which is ten times as fast as `startsWith` on long texts. */
export function startsWith(text: string, start: string): boolean {
  return text.length >= start.length && isSameText(text.slice(0, start.length), start);
}

/** Whether `text` ends with `end`. */
export function endsWith(text: string, end: string): boolean {
  return text.length >= end.length && isSameText(text.slice(text.length - end.length), end);
}
