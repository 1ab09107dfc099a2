import type { Json } from "./json.ts";
import { JsonInputError } from "./json-input-error.ts";
import { isArray, isObject } from "./json-kind.ts";
import { EXPONENT_MAX, ExactNumber, readNumber } from "./json-number.ts";

/** A sequence of digits and points longer than any double needs: 15 significant digits always survive. */
const RUN_LENGTH = 16;
/** In numbers beyond ±1e99, and in some words. */
const LONG_EXPONENT = /[eE][+-]?\d\d\d/;

/**
 * Says whether a JSON text may contain a number that a double cannot hold as written; if in doubt, true, as for digits inside a string.
 *
 * Looks only at every 16th character, because a sequence of 16 does not fit in between.
 */
export function mayHoldExactNumber(json: string): boolean {
  for (let at = RUN_LENGTH - 1; at < json.length; at += RUN_LENGTH) {
    if (!isOfRun(json.charCodeAt(at))) continue;
    let [start, end] = [at, at + 1];
    while (isOfRun(json.charCodeAt(start - 1))) start -= 1;
    while (isOfRun(json.charCodeAt(end))) end += 1;
    if (end - start >= RUN_LENGTH && mayBeRounded(json, start, end)) return true;
    // The last looked-at place inside this run.
    at = end - 1 - (end % RUN_LENGTH);
  }
  return LONG_EXPONENT.test(json);
}

const [QUOTE, POINT, DIGIT_0, DIGIT_9] = [34, 46, 48, 57];

function isOfRun(unit: number): boolean {
  return unit <= DIGIT_9 && (unit >= DIGIT_0 || unit === POINT);
}

function mayBeRounded(json: string, start: number, end: number): boolean {
  if (json.charCodeAt(start - 1) === QUOTE) return false;
  const digits = json.slice(start, end);
  return String(Number(digits)) !== digits || /[eE]/.test(json.charAt(end));
}

/**
 * `JSON.parse` for a trusted text, such as MeshHook's own answers: plain objects, and an `ExactNumber` for each number that a double cannot
 * hold as written. For other texts, use `parseJsonInput`.
 *
 * @throws SyntaxError
 */
export function parseJsonExactly(text: string): Json {
  const value = JSON.parse(text) as Json;
  return mayHoldExactNumber(text) ? withExactNumbers(text) : value;
}

/**
 * Reads a valid JSON text with its exact numbers: they are put in quotes after a marker that does not occur in the text, and found again by
 * the marker. A reviver function, which gets the source of each number, takes ten times as long.
 *
 * Recursive: the caller must bound the text's depth.
 *
 * @throws JsonInputError `json_number_range`, and `json_too_large` for more than `exactNumbersMax`.
 */
export function withExactNumbers(json: string, exactNumbersMax = Number.POSITIVE_INFINITY): Json {
  const sign = signFor(json);
  let count = 0;
  const quoted = quoteNumbers(json, ({ text }) => {
    count += 1;
    if (count > exactNumbersMax) {
      throw new JsonInputError(
        "json_too_large",
        `JSON has more than ${exactNumbersMax} numbers that a double does not hold, such as ids of 18 digits; send them as strings, or send less at once`,
      );
    }
    return `"${sign}${text}"`;
  });
  return restoreNumbers(JSON.parse(quoted) as Json, sign, (text) => new ExactNumber(text));
}

/**
 * A character that occurs in the text's strings neither raw nor escaped: a C1 control character, which keeps the text at one byte per
 * character, or one of the private use area.
 */
export function signFor(json: string): string {
  const used = new Set<number>();
  for (const [char] of json.matchAll(/[\u0080-\u009f\ue000-\uf8ff]/g)) used.add(char.charCodeAt(0));
  for (const [, code = ""] of json.matchAll(/\\u(00[89][\da-f]|[ef][\da-f]{3})/gi)) used.add(Number.parseInt(code, 16));
  const sign = SIGNS.find((code) => !used.has(code));
  if (sign !== undefined) return String.fromCharCode(sign);
  throw new JsonInputError(
    "json_number_range",
    "JSON holds a long number and every character that could mark it; send the number as a string",
  );
}

const SIGNS = [
  ...Array.from({ length: 0x20 }, (_, index) => 0x80 + index),
  ...Array.from({ length: 0x1900 }, (_, index) => 0xe000 + index),
];

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Possible exact numbers: those with a long sequence of digits, or with any exponent. */
const LONG_NUMBER = /-?\d[\d.]{14,}(?:[eE][+-]?\d+)?/g;
const LONG_NUMBER_OR_EXPONENT = /-?\d[\d.]{14,}(?:[eE][+-]?\d+)?|-?\d[\d.]*[eE][+-]?\d+/g;

/** The text in which each number outside strings that must stay exact is replaced by the result of `quote`. */
export function quoteNumbers(json: string, quote: (number: ExactNumber) => string): string {
  const candidate = LONG_EXPONENT.test(json) ? LONG_NUMBER_OR_EXPONENT : LONG_NUMBER;
  let [result, done] = ["", 0];
  // The start of the next string; the text before it is examined.
  let quoteAt = nextQuote(json, 0);
  candidate.lastIndex = 0;
  for (let found = candidate.exec(json); found !== null; found = candidate.exec(json)) {
    const [text] = found;
    while (quoteAt < found.index) {
      const end = endOfString(json, quoteAt);
      quoteAt = nextQuote(json, end);
      if (end > found.index) candidate.lastIndex = end;
    }
    if (candidate.lastIndex !== found.index + text.length) continue;
    const number = NUMBER.test(text) ? numberOf(text) : 0;
    if (typeof number === "number") continue;
    result += json.slice(done, found.index) + quote(number);
    done = found.index + text.length;
  }
  return result + json.slice(done);
}

function nextQuote(json: string, from: number): number {
  const at = json.indexOf('"', from);
  return at === -1 ? json.length : at;
}

function numberOf(text: string): number | ExactNumber {
  const number = readNumber(text);
  if (number !== null) return number;
  throw new JsonInputError(
    "json_number_range",
    `JSON holds a number with an exponent beyond ±${EXPONENT_MAX}; send it as a string`,
  );
}

/** The end of the string that starts at `quote`. */
function endOfString(json: string, quote: number): number {
  for (let at = json.indexOf('"', quote + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charAt(at - 1 - escapes) === "\\") escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  return json.length;
}

/** Replaces each string that starts with the marker by the result of `numberAt`, which gets the text after the marker. */
export function restoreNumbers(value: Json, sign: string, numberAt: (text: string) => Json): Json {
  if (typeof value === "string") return value.startsWith(sign) ? numberAt(value.slice(1)) : value;
  if (isArray(value)) {
    // The result of `JSON.parse` is ours to change.
    const elements = value as Json[];
    for (let index = 0; index < elements.length; index += 1) {
      elements[index] = restoreNumbers(elements[index] ?? null, sign, numberAt);
    }
  } else if (isObject(value)) {
    const members: { [key: string]: Json } = value;
    for (const key of Object.keys(members)) members[key] = restoreNumbers(members[key] ?? null, sign, numberAt);
  }
  return value;
}
