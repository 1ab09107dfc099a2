import { countUnits } from "../expression/budget.ts";
import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { isNumeric } from "../json-number.ts";
import { encodeFormPart, RequestError, textsOf } from "./request-values.ts";

/** What a field of a form or of a query costs beside its characters. */
export const FIELD_UNITS = 20;

/** Encodes a value that fills a hole in the text of a form, so that it can add no field. */
export function encodeFormHole(text: string): string {
  return encodeFormPart(text, "A value in the body");
}

/**
 * Writes an object as `application/x-www-form-urlencoded`: fields in the order of the object; a list repeats its name, and null is left
 * out.
 *
 * @param encode  Encodes a name or a value; the second argument says which, for a message.
 * @throws RequestError for anything but an object, and for fields that have no common form.
 */
export function formText(value: Json, encode = encodeFormPart): string {
  if (!isObject(value)) {
    const kind =
      value === null ? "null" : isArray(value) ? "a list" : isNumeric(value) ? "a number" : `a ${typeof value}`;
    throw new RequestError(`The body of a form must be an object of fields, or text; it is ${kind}`);
  }
  const pairs: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    const what = `Form field "${name.toWellFormed()}"`;
    for (const text of textsOf(field, what)) {
      countUnits(FIELD_UNITS + ((name.length + text.length) >>> 2));
      pairs.push(`${encode(name, what)}=${encode(text, what)}`);
    }
  }
  return pairs.join("&");
}
