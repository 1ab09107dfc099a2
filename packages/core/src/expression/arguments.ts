import type { Json, JsonArray, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { ExactNumber, isNumeric } from "../json-number.ts";
import type { Numeric } from "./arithmetic.ts";
import { countUnits, keyUnits, type Meter } from "./budget.ts";
import type { ExpressionError } from "./expression-error.ts";
import { failed, show } from "./failure.ts";

/** The name of a value's type as `type` gives it. */
export function typeOf(value: Json): string {
  if (value === null) return "null";
  if (isNumeric(value)) return "number";
  return isArray(value) ? "array" : typeof value;
}

export function wrongType(args: readonly Json[], index: number, name: string, wanted: string): ExpressionError {
  return failed(`${name}() takes ${wanted} as argument ${index + 1}, got ${show(args[index] ?? null)}`);
}

/** A number for counting, such as a width; never an exact number. */
export function number(args: readonly Json[], index: number, name: string): number {
  const value = args[index];
  if (value instanceof ExactNumber) throw notCountable(args, index, name);
  if (typeof value !== "number") throw wrongType(args, index, name, "a number");
  return value;
}

function notCountable(args: readonly Json[], index: number, name: string): ExpressionError {
  return wrongType(args, index, name, "a number of at most 15 digits");
}

/** A whole number; null when the argument is left out. */
export function wholeNumber(args: readonly Json[], index: number, name: string, wanted: string): number | null {
  const value = args[index] ?? null;
  if (value === null) return null;
  if (value instanceof ExactNumber) throw notCountable(args, index, name);
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(args, index, name, wanted);
  return value;
}

export function numeric(args: readonly Json[], index: number, name: string): Numeric {
  const value = args[index];
  if (!isNumeric(value)) throw wrongType(args, index, name, "a number");
  return value;
}

export function text(args: readonly Json[], index: number, name: string): string {
  const value = args[index];
  if (typeof value !== "string") throw wrongType(args, index, name, "a string");
  return value;
}

export function array(
  args: readonly Json[],
  index: number,
  name: string,
  meter: Meter,
  wanted = "an array",
): JsonArray {
  const value = args[index];
  if (!isArray(value)) throw wrongType(args, index, name, wanted);
  meter.spend(1 + value.length);
  return value;
}

export function object(
  args: readonly Json[],
  index: number,
  name: string,
  meter: Meter,
  wanted = "an object",
): JsonObject {
  const value = args[index];
  if (!isObject(value)) throw wrongType(args, index, name, wanted);
  const { length } = Object.keys(value);
  meter.spend(1 + length);
  countUnits(keyUnits(length));
  return value;
}

export function numbers(args: readonly Json[], index: number, name: string, meter: Meter): readonly Numeric[] {
  const values = array(args, index, name, meter, "an array of numbers");
  if (!values.every(isNumeric)) throw wrongElement(values, name, "number");
  return values;
}

export function texts(args: readonly Json[], index: number, name: string, meter: Meter): readonly string[] {
  const values = array(args, index, name, meter, "an array of strings");
  if (!values.every((value) => typeof value === "string")) throw wrongElement(values, name, "string");
  return values;
}

function wrongElement(values: JsonArray, name: string, wanted: "number" | "string"): ExpressionError {
  const at = values.findIndex((value) => typeOf(value) !== wanted);
  return failed(`${name}() takes an array of ${wanted}s, got ${show(values[at] ?? null)} at index ${at}`);
}
