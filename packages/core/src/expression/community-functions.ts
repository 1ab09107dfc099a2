import type { Json, JsonArray, JsonObject } from "../json.ts";
import { emptyObject, isArray } from "../json-kind.ts";
import { compareNumbers, isNumeric, numberText, readNumber } from "../json-number.ts";
import { absolute, meanOf, type Numeric, rounded, sumOf } from "./arithmetic.ts";
import { countUnits, keyUnits, type Meter, writeJson } from "./budget.ts";
import { endsWith, isEqual, startsWith } from "./equal.ts";
import { array, number, numbers, numeric, object, text, texts, typeOf, wholeNumber, wrongType } from "./arguments.ts";
import { failed, show } from "./failure.ts";
import { define, type ExpressionFunction } from "./function.ts";
import type { Program } from "./program.ts";
import { roundsNumbers } from "./semantics.ts";
import {
  codePointLength,
  codePoints,
  compareCodePoints,
  findText,
  hasSurrogates,
  includesText,
  splitText,
  trimText,
} from "./text.ts";

const MANY = Number.POSITIVE_INFINITY;

/**
 * The functions of JMESPath Community. Where they differ from the library's own: docs/decisions/0002-expression-budgets.md.
 */
export const COMMUNITY_FUNCTIONS: readonly (readonly [string, ExpressionFunction])[] = [
  define("abs(number)", "The absolute value of the number.", 1, 1, (args) => absolute(numeric(args, 0, "abs"))),
  define("avg(array[number])", "The mean of the numbers; null for an empty array.", 1, 1, (args, meter) => {
    const values = numbers(args, 0, "avg", meter);
    return values.length === 0 ? null : meanOf(values);
  }),
  define("ceil(number)", "The number rounded up to a whole number.", 1, 1, (args) =>
    rounded(numeric(args, 0, "ceil"), "ceil"),
  ),
  define(
    "contains(array|string, any)",
    "Whether the array has the value as an element, or the string contains the other string.",
    2,
    2,
    (args, meter) => {
      const subject = args[0] ?? null;
      const search = args[1] ?? null;
      if (typeof subject === "string") {
        meter.spendText(subject.length);
        return typeof search === "string" ? includesText(subject, search) : null;
      }
      const elements = array(args, 0, "contains", meter, "an array or a string");
      return elements.some((element) => isEqual(element, search, meter));
    },
  ),
  define("ends_with(string, string)", "Whether the first string ends with the second.", 2, 2, (args) =>
    endsWith(text(args, 0, "ends_with"), text(args, 1, "ends_with")),
  ),
  define(
    "find_first(string, string, number?, number?)",
    "The first position of the second string in the first, searched from a start to an end; null if there is none.",
    2,
    4,
    (args, meter) => find(args, meter, "find_first", false),
  ),
  define(
    "find_last(string, string, number?, number?)",
    "The last position of the second string in the first, searched from a start to an end; null if there is none.",
    2,
    4,
    (args, meter) => find(args, meter, "find_last", true),
  ),
  define("floor(number)", "The number rounded down to a whole number.", 1, 1, (args) =>
    rounded(numeric(args, 0, "floor"), "floor"),
  ),
  define("from_items(array[[string, any]])", "An object made from [key, value] pairs.", 1, 1, (args, meter) => {
    const result = emptyObject();
    const pairs = array(args, 0, "from_items", meter);
    countUnits(2 * keyUnits(pairs.length));
    for (const pair of pairs) {
      const key = isArray(pair) && pair.length === 2 ? pair[0] : null;
      if (!isArray(pair) || typeof key !== "string") {
        throw failed(`from_items() needs pairs [string, value], got ${show(pair)}`);
      }
      result[key] = pair[1] ?? null;
    }
    return result;
  }),
  define(
    "group_by(array, &string)",
    "An object of arrays: the elements grouped by the string that the expression returns for each.",
    2,
    2,
    (args, meter, lambda) => {
      const groups = new Map<string, Json[]>();
      const elements = array(args, 0, "group_by", meter);
      countUnits(2 * elements.length);
      for (const [key, element] of keyed(elements, lambda, meter)) {
        if (typeof key !== "string") throw failed(`group_by() needs a string for each element, got ${show(key)}`);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [element]);
        else group.push(element);
      }
      countUnits(2 * keyUnits(groups.size));
      const result = emptyObject();
      for (const [key, group] of groups) result[key] = group;
      return result;
    },
  ),
  define("items(object)", "An array of the object's [key, value] pairs.", 1, 1, (args, meter) => {
    const members = object(args, 0, "items", meter);
    return Object.entries(counted(members));
  }),
  define(
    "join(string, array[string])",
    "The strings joined into one, with the first argument between them.",
    2,
    2,
    (args, meter) => {
      const glue = text(args, 0, "join");
      const pieces = texts(args, 1, "join", meter);
      countUnits(pieces.length);
      meter.spendString(lengthOf(pieces) + glue.length * Math.max(0, pieces.length - 1));
      return pieces.join(glue);
    },
  ),
  define("keys(object)", "An array of the object's keys.", 1, 1, (args, meter) =>
    Object.keys(object(args, 0, "keys", meter)),
  ),
  define("length(string|array|object)", "The number of characters, elements or members.", 1, 1, (args, meter) => {
    const subject = args[0] ?? null;
    if (typeof subject === "string") {
      meter.spendText(subject.length);
      return codePointLength(subject);
    }
    if (isArray(subject)) return subject.length;
    return Object.keys(object(args, 0, "length", meter, "a string, an array or an object")).length;
  }),
  define("lower(string)", "The string in lower case.", 1, 1, (args, meter) =>
    inOtherCase(text(args, 0, "lower"), meter, (value) => value.toLowerCase()),
  ),
  define(
    "map(&any, array)",
    "An array of what the expression returns for each element.",
    2,
    2,
    (args, meter, lambda) => {
      // The expression, which `args` does not contain, is argument 1.
      const elements = array([null, ...args], 1, "map", meter);
      meter.spend(elements.length * lambda.weight);
      return elements.map((element) => lambda.run(element, meter));
    },
    0,
  ),
  define(
    "max(array[number]|array[string])",
    "The greatest number, or the last string in sort order; null for an empty array.",
    1,
    1,
    (args, meter) => extreme(comparable(args, "max", meter), 1),
  ),
  define(
    "max_by(array, &number|&string)",
    "The element for which the expression returns the greatest number or the last string; null for an empty array.",
    2,
    2,
    (args, meter, lambda) => extremeBy(args, meter, lambda, "max_by", 1),
  ),
  define("merge(object…)", "One object with the members of all arguments; later ones win.", 1, MANY, (args, meter) => {
    const result = emptyObject();
    for (let i = 0; i < args.length; i += 1) {
      const part = object(args, i, "merge", meter);
      const keys = Object.keys(part);
      countUnits(keyUnits(keys.length));
      for (const key of keys) result[key] = part[key] ?? null;
    }
    return result;
  }),
  define(
    "min(array[number]|array[string])",
    "The smallest number, or the first string in sort order; null for an empty array.",
    1,
    1,
    (args, meter) => extreme(comparable(args, "min", meter), -1),
  ),
  define(
    "min_by(array, &number|&string)",
    "The element for which the expression returns the smallest number or the first string; null for an empty array.",
    2,
    2,
    (args, meter, lambda) => extremeBy(args, meter, lambda, "min_by", -1),
  ),
  define(
    "not_null(any…)",
    "The first argument that is not null.",
    1,
    MANY,
    (args) => args.find((value) => value !== null) ?? null,
  ),
  define(
    "pad_left(string, number, string?)",
    "The string padded on the left to a number of characters, with spaces or with the given character.",
    2,
    3,
    (args, meter) => {
      const [subject, padding] = pad(args, meter, "pad_left");
      return padding + subject;
    },
  ),
  define(
    "pad_right(string, number, string?)",
    "The string padded on the right to a number of characters, with spaces or with the given character.",
    2,
    3,
    (args, meter) => {
      const [subject, padding] = pad(args, meter, "pad_right");
      return subject + padding;
    },
  ),
  define(
    "replace(string, string, string, number?)",
    "The first string with the second replaced by the third, at most the given number of times.",
    3,
    4,
    (args, meter) => {
      const subject = text(args, 0, "replace");
      const search = text(args, 1, "replace");
      const by = text(args, 2, "replace");
      meter.spend(1 + subject.length);
      const pieces = splitText(subject, search, count(args, 3, "replace"));
      meter.spendString(lengthOf(pieces) + by.length * (pieces.length - 1));
      return pieces.join(by);
    },
  ),
  define("reverse(string|array)", "The string or the array in reverse order.", 1, 1, (args, meter) => {
    const subject = args[0] ?? null;
    if (typeof subject === "string") {
      countUnits(hasSurrogates(subject) ? subject.length : subject.length >>> 1);
      return built(subject, meter, (value) => codePoints(value).reverse().join(""));
    }
    return array(args, 0, "reverse", meter, "a string or an array").toReversed();
  }),
  define("sort(array[number]|array[string])", "The numbers or the strings in ascending order.", 1, 1, (args, meter) => {
    const values = comparable(args, "sort", meter);
    meter.spend(sortCost(values.length));
    return values.toSorted(orderFor(values));
  }),
  define(
    "sort_by(array, &number|&string)",
    "The elements in ascending order of the number or string that the expression returns for each.",
    2,
    2,
    (args, meter, lambda) => {
      const pairs = sortable(array(args, 0, "sort_by", meter), lambda, meter, "sort_by");
      meter.spend(sortCost(pairs.length));
      const compare = orderFor(pairs.map(([key]) => key));
      return pairs.sort((a, b) => compare(a[0], b[0])).map((pair) => pair[1]);
    },
  ),
  define(
    "split(string, string, number?)",
    "The parts of the first string between occurrences of the second, split at most the given number of times.",
    2,
    3,
    (args, meter) => {
      const subject = text(args, 0, "split");
      const search = text(args, 1, "split");
      meter.spend(1 + subject.length);
      return splitText(subject, search, count(args, 2, "split"));
    },
  ),
  define("starts_with(string, string)", "Whether the first string starts with the second.", 2, 2, (args) =>
    startsWith(text(args, 0, "starts_with"), text(args, 1, "starts_with")),
  ),
  define("sum(array[number])", "The sum of the numbers; 0 for an empty array.", 1, 1, (args, meter) =>
    sumOf(numbers(args, 0, "sum", meter)),
  ),
  define("to_array(any)", "The value itself if it is an array, otherwise an array that contains it.", 1, 1, (args) => {
    const value = args[0] ?? null;
    return isArray(value) ? value : [value];
  }),
  define(
    "to_number(any)",
    "The number itself, or the number that the string represents; null for anything else.",
    1,
    1,
    (args) => toNumber(args[0] ?? null),
  ),
  define("to_string(any)", "A string unchanged, any other value as JSON.", 1, 1, (args, meter) =>
    toText(args[0] ?? null, meter),
  ),
  define(
    "trim(string, string?)",
    "The string without white space, or without the given characters, at both ends.",
    1,
    2,
    (args, meter) => trim(args, meter, "trim", true, true),
  ),
  define(
    "trim_left(string, string?)",
    "The string without white space, or without the given characters, at its start.",
    1,
    2,
    (args, meter) => trim(args, meter, "trim_left", true, false),
  ),
  define(
    "trim_right(string, string?)",
    "The string without white space, or without the given characters, at its end.",
    1,
    2,
    (args, meter) => trim(args, meter, "trim_right", false, true),
  ),
  define("type(any)", "The name of the value's type: string, number, boolean, array, object or null.", 1, 1, (args) =>
    typeOf(args[0] ?? null),
  ),
  define("upper(string)", "The string in upper case.", 1, 1, (args, meter) =>
    inOtherCase(text(args, 0, "upper"), meter, (value) => value.toUpperCase()),
  ),
  define("values(object)", "An array of the object's values.", 1, 1, (args, meter) => {
    const members = object(args, 0, "values", meter);
    return Object.values(counted(members));
  }),
  define(
    "zip(array…)",
    "An array of arrays: the first elements, the second elements and so on, up to the length of the shortest array.",
    1,
    MANY,
    (args, meter) => {
      const columns = args.map((_, index) => array(args, index, "zip", meter));
      const length = columns.reduce((least, column) => Math.min(least, column.length), MANY);
      return Array.from({ length }, (_, row) => columns.map((column) => column[row] ?? null));
    },
  ),
];

/** The text of a value as `to_string` and templates give it: strings unchanged, numbers in digits, anything else as JSON. */
export function toText(value: Json, meter: Meter): string {
  if (typeof value === "string") return value;
  if (typeof value !== "number" || roundsNumbers()) return writeJson(value, meter);
  countUnits(NUMBER_TEXT_UNITS);
  const written = numberText(value);
  meter.spendString(written.length);
  return written;
}

const NUMBER_TEXT_UNITS = 5;

/** A count that may be left out (no limit). */
function count(args: readonly Json[], index: number, name: string): number {
  const value = wholeNumber(args, index, name, "a whole number from 0");
  if (value === null) return MANY;
  if (value < 0) throw wrongType(args, index, name, "a whole number from 0");
  return value;
}

type Sortable = string | Numeric;

/** Numbers in order, strings in order of their code points. Never mixed: callers have checked. */
function compareSortable(left: Sortable, right: Sortable): number {
  if (typeof left === "string" || typeof right === "string") return compareCodePoints(String(left), String(right));
  return compareNumbers(left, right);
}

/**
 * The order for sorting these. Without surrogates, the platform's order is that of code points, and several times as fast. Texts with a
 * long common prefix cost more per comparison than the price of sorting includes.
 */
function orderFor(values: readonly Sortable[]): (left: Sortable, right: Sortable) => number {
  if (isNumeric(values[0])) {
    if (values.some((value) => typeof value === "object")) countUnits(4 * sortCost(values.length));
    return compareSortable;
  }
  const texts = values.map(String);
  countUnits((lengthOf(texts) >>> 9) * (32 - Math.clz32(texts.length)));
  if (texts.some(hasSurrogates)) return compareSortable;
  return (left, right) => (left < right ? -1 : left > right ? 1 : 0);
}

function comparable(args: readonly Json[], name: string, meter: Meter): readonly Sortable[] {
  const values = args[0];
  return isArray(values) && isNumeric(values[0])
    ? numbers(args, 0, name, meter)
    : measured(texts(args, 0, name, meter), meter);
}

/** Comparing strings costs their length. */
function measured(values: readonly string[], meter: Meter): readonly string[] {
  meter.spendText(lengthOf(values));
  return values;
}

function sortCost(length: number): number {
  return length * (32 - Math.clz32(length));
}

function lengthOf(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + value.length, 0);
}

/** The first of the greatest (`sign` 1) or least (-1) values; null when there is none. */
function extreme(values: readonly Sortable[], sign: number): Json {
  countUnits(values.some((value) => typeof value === "object") ? 5 * values.length : values.length);
  let best: Sortable | null = null;
  for (const value of values) {
    if (best === null || compareSortable(value, best) * sign > 0) best = value;
  }
  return best;
}

function extremeBy(args: readonly Json[], meter: Meter, lambda: Program, name: string, sign: number): Json {
  let best: readonly [Sortable, Json] | null = null;
  const pairs = sortable(array(args, 0, name, meter), lambda, meter, name);
  countUnits((pairs.some(([key]) => typeof key === "object") ? 6 : 2) * pairs.length);
  for (const pair of pairs) {
    if (best === null || compareSortable(pair[0], best[0]) * sign > 0) best = pair;
  }
  return best === null ? null : best[1];
}

/** Each element with its key, evaluated once. */
function keyed(elements: JsonArray, lambda: Program, meter: Meter): [Json, Json][] {
  meter.spend(elements.length * lambda.weight);
  return elements.map((element) => [lambda.run(element, meter), element]);
}

function sortable(elements: JsonArray, lambda: Program, meter: Meter, name: string): [Sortable, Json][] {
  const pairs: [Sortable, Json][] = [];
  let length = 0;
  for (const [key, element] of keyed(elements, lambda, meter)) {
    const first = pairs[0]?.[0] ?? key;
    if (!(typeof key === "string" || isNumeric(key)) || typeOf(key) !== typeOf(first)) {
      throw failed(
        `${name}() needs a number for each element, or a string for each; got ${show(key)} at index ${pairs.length}`,
      );
    }
    if (typeof key === "string") length += key.length;
    pairs.push([key, element]);
  }
  meter.spendText(length);
  return pairs;
}

function find(args: readonly Json[], meter: Meter, name: string, last: boolean): Json {
  const subject = text(args, 0, name);
  const search = text(args, 1, name);
  const start = wholeNumber(args, 2, name, "a whole number") ?? 0;
  const end = wholeNumber(args, 3, name, "a whole number") ?? MANY;
  meter.spendText(subject.length + search.length);
  return subject === "" || search === "" ? null : findText(subject, search, start, end, last);
}

function pad(args: readonly Json[], meter: Meter, name: string): [subject: string, padding: string] {
  const subject = text(args, 0, name);
  const width = number(args, 1, name);
  const filler = args.length > 2 ? text(args, 2, name) : " ";
  if (!Number.isInteger(width) || width < 0) throw wrongType(args, 1, name, "a whole number from 0");
  if (codePointLength(filler) !== 1) throw wrongType(args, 2, name, "one character");
  const missing = Math.max(0, width - codePointLength(subject));
  meter.spendString(subject.length + missing * filler.length);
  return [subject, filler.repeat(missing)];
}

function trim(args: readonly Json[], meter: Meter, name: string, left: boolean, right: boolean): string {
  const subject = text(args, 0, name);
  const set = args.length > 1 ? text(args, 1, name) : "";
  meter.spend(1 + subject.length + set.length);
  return trimText(subject, set, left, right);
}

function built(value: string, meter: Meter, change: (value: string) => string): string {
  meter.spendString(value.length);
  return change(value);
}

const NOT_ASCII = /[^\0-\x7f]/;

/** The platform changes the case of ASCII many characters at a time, and of all others one by one. */
function inOtherCase(value: string, meter: Meter, change: (value: string) => string): string {
  if (NOT_ASCII.test(value)) countUnits(value.length >>> 2);
  return built(value, meter, change);
}

/** Counts the copying of an object's members, in addition to the listing that `object` has counted. */
function counted(members: JsonObject): JsonObject {
  countUnits(keyUnits(Object.keys(members).length));
  return members;
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number from the text of a JSON number; null for any other text or type. */
function toNumber(value: Json): Json {
  if (isNumeric(value)) return value;
  if (typeof value !== "string") return null;
  countUnits(value.length >>> 2);
  if (!JSON_NUMBER.test(value)) return null;
  const number = roundsNumbers() ? Number(value) : readNumber(value);
  return number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY ? null : number;
}
