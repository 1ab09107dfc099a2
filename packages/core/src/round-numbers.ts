import type { Json } from "./json.ts";
import { emptyObject, isArray, isObject } from "./json-kind.ts";
import { ExactNumber } from "./json-number.ts";

/**
 * Replaces exact numbers by the nearest doubles, as the runs of old histories saw them.
 *
 * @returns The value itself when there is nothing to replace.
 */
export function roundNumbers(value: Json): Json {
  if (value instanceof ExactNumber) {
    const rounded = Number(value.text);
    return Number.isFinite(rounded) ? rounded : value;
  }
  if (isArray(value)) {
    const copy = value.map(roundNumbers);
    return copy.some((element, index) => element !== value[index]) ? copy : value;
  }
  if (!isObject(value)) return value;
  const copy = emptyObject();
  let isChanged = false;
  for (const key of Object.keys(value)) {
    const member = value[key] ?? null;
    const rounded = roundNumbers(member);
    copy[key] = rounded;
    isChanged ||= rounded !== member;
  }
  return isChanged ? copy : value;
}
