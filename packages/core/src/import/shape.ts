import type { Json, JsonObject } from "../json.ts";
import { call, type Jmes, literal } from "./jmes.ts";

/** An object without the members that have no value. */
export function configOf(members: { readonly [name: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** The first value that is there: what a step gets of which only one of several steps has run. */
export function firstOf(values: readonly Jmes[]): Jmes {
  const [only, ...others] = new Map(values.map((value) => [value.text, value])).values();
  if (only === undefined) return literal(null);
  return others.length === 0 ? only : call("not_null", [only, ...others]);
}
