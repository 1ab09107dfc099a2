import type { Json, JsonObject } from "@meshhook/core";
import { isContainer } from "#lib/json-container.ts";

/** The position of a value inside a JSON value. */
export type JsonPath = readonly (string | number)[];

/** Writes a JSON pointer (RFC 6901). */
export function pointerTo(path: JsonPath): string {
  return path.map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Reads a JSON pointer's segments. */
export function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a path; undefined when there is none. */
export function valueAt(root: Json | undefined, path: JsonPath): Json | undefined {
  let value: Json | undefined = root;
  for (const segment of path) {
    if (!isContainer(value) || !Object.hasOwn(value, segment)) return undefined;
    value = (value as { readonly [key: string | number]: Json })[segment];
  }
  return value;
}

/**
 * A copy with another value at a path; undefined removes it. Missing objects on the way are created, and objects below the root that become
 * empty are removed, so that setting and unsetting a default leaves no trace.
 */
export function withValueAt(root: JsonObject, path: JsonPath, value: Json | undefined): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined) return (value ?? {}) as JsonObject;
  return replaced(root, head, rest, value) as JsonObject;
}

function replaced(container: Json | undefined, head: string | number, rest: JsonPath, value: Json | undefined): Json {
  const [next, ...after] = rest;
  const inner = (container as { readonly [key: string | number]: Json } | undefined)?.[head];
  const made = next === undefined ? value : replaced(inner, next, after, value);
  const isEmptied = next !== undefined && value === undefined && isEmptyObject(made);
  if (Array.isArray(container)) {
    const items = container as readonly Json[];
    if (made === undefined) return items.filter((_, index) => index !== head);
    return typeof head === "number" && head >= items.length
      ? [...items, made]
      : items.map((item, index) => (index === head ? made : item));
  }
  const members = (isContainer(container) ? container : {}) as JsonObject;
  if (made === undefined || isEmptied)
    return Object.fromEntries(Object.entries(members).filter(([key]) => key !== String(head)));
  return { ...members, [head]: made };
}

function isEmptyObject(value: Json | undefined): boolean {
  return isContainer(value) && !Array.isArray(value) && Object.keys(value).length === 0;
}
