import { atom, call, type Jmes, literal } from "../jmes.ts";

/** A function that takes its arguments in the order of JavaScript; the object of a method is the first. */
type Writer = (given: readonly Jmes[]) => Jmes;

function named(name: string, type: Jmes["type"] = "unknown"): Writer {
  return (given) => call(name, given, type);
}

function swapped(name: string, type: Jmes["type"]): Writer {
  return ([one = literal(null), other = literal(null)]) => call(name, [other, one], type);
}

const numberOf = named("to_number", "number");

/** Functions by name, with the number of their arguments. */
const FUNCTIONS: ReadonlyMap<string, readonly [number, Writer]> = new Map<string, readonly [number, Writer]>([
  ["JSON.stringify", [1, named("to_json", "text")]],
  ["JSON.parse", [1, named("from_json")]],
  ["String", [1, named("to_string", "text")]],
  ["Number", [1, numberOf]],
  ["parseFloat", [1, numberOf]],
  ["encodeURIComponent", [1, named("url_encode", "text")]],
  ["decodeURIComponent", [1, named("url_decode", "text")]],
  ["Math.floor", [1, named("floor", "number")]],
  ["Math.ceil", [1, named("ceil", "number")]],
  ["Math.abs", [1, named("abs", "number")]],
  ["Object.keys", [1, named("keys")]],
  ["Object.values", [1, named("values")]],
]);

/** Methods by name, with the number of their arguments. */
const METHODS: ReadonlyMap<string, readonly [number, Writer]> = new Map<string, readonly [number, Writer]>([
  ["toLowerCase", [0, named("lower", "text")]],
  ["toUpperCase", [0, named("upper", "text")]],
  ["trim", [0, named("trim", "text")]],
  ["trimStart", [0, named("trim_left", "text")]],
  ["trimEnd", [0, named("trim_right", "text")]],
  ["toString", [0, named("to_string", "text")]],
  ["toJsonString", [0, named("to_json", "text")]],
  ["toNumber", [0, numberOf]],
  ["urlEncode", [0, named("url_encode", "text")]],
  ["base64Encode", [0, named("base64_encode", "text")]],
  ["base64Decode", [0, named("base64_decode", "text")]],
  ["isEmpty", [0, ([value = literal(null)]) => atom(`(length(not_null(${value.text}, '')) == \`0\`)`, "boolean")]],
  ["includes", [1, named("contains", "boolean")]],
  ["startsWith", [1, named("starts_with", "boolean")]],
  ["endsWith", [1, named("ends_with", "boolean")]],
  ["split", [1, named("split")]],
  ["join", [1, swapped("join", "text")]],
  ["replaceAll", [2, named("replace", "text")]],
  ["replace", [2, (given) => call("replace", [...given, literal(1)], "text")]],
  ["padStart", [2, named("pad_left", "text")]],
  ["padEnd", [2, named("pad_right", "text")]],
  ["sum", [0, named("sum", "number")]],
  ["first", [0, ([value = literal(null)]) => atom(`to_array(${value.text})[0]`)]],
  ["last", [0, ([value = literal(null)]) => atom(`to_array(${value.text})[-1]`)]],
  // Of $now, which is text here.
  ["toISO", [0, ([value = literal(null)]) => ({ ...value, type: "text" })]],
]);

/** A call of a function; null for one without a counterpart. */
export function functionCall(name: string, given: readonly Jmes[]): Jmes | null {
  const [count, write] = FUNCTIONS.get(name) ?? [];
  return write === undefined || given.length !== count ? null : write(given);
}

/** A call of a method; null for one without a counterpart. */
export function methodCall(value: Jmes, name: string, given: readonly Jmes[]): Jmes | null {
  const [count, write] = METHODS.get(name) ?? [];
  return write === undefined || given.length !== count ? null : write([value, ...given]);
}

/** A property that is computed; null for a field. */
export function propertyOf(value: Jmes, key: string | number): Jmes | null {
  return key === "length" ? call("length", [value], "number") : null;
}
