import type { Json } from "../json.ts";
import { isArray } from "../json-kind.ts";
import { ExactNumber } from "../json-number.ts";

/** How large a value is, without writing it out. */
export interface JsonSize {
  /** Itself and everything inside. */
  readonly values: number;
  /** UTF-16 units of all strings, keys and numbers that no double holds. */
  readonly characters: number;
}

const size = { values: 0, characters: 0 };

/** Measures a value; a part that is shared counts each time. The result is good until the next call. */
export function measureJson(value: Json): JsonSize {
  size.values = 0;
  size.characters = 0;
  add(value);
  return size;
}

/** Most values are text or small: these take the short ways. */
function add(value: Json): void {
  size.values += 1;
  if (typeof value === "string") size.characters += value.length;
  if (typeof value !== "object" || value === null) return;
  if (isArray(value)) for (const element of value) add(element);
  else if (value instanceof ExactNumber) size.characters += value.text.length;
  else {
    for (const key in value) {
      size.characters += key.length;
      add(value[key] as Json);
    }
  }
}
