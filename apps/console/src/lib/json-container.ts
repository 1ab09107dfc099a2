import { ExactNumber } from "@meshhook/core";

/** Whether a JSON value is an object or a list. A number that keeps its digits is an instance of a class, but still a number. */
export function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof ExactNumber);
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return isContainer(value) && !Array.isArray(value);
}
