import { countUnits } from "./budget.ts";

/**
 * Strings as sequences of code points, independent of locale. Lengths, positions and order in expressions are counted in code points,
 * as JMESPath requires; the common case without surrogate pairs costs nothing extra.
 */

const SURROGATE = /[\ud800-\udfff]/;

export function hasSurrogates(text: string): boolean {
  return SURROGATE.test(text);
}

export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  countUnits(text.length >>> 4);
  let length = 0;
  for (let at = 0; at < text.length; at += widthAt(text, at)) length += 1;
  return length;
}

/** UTF-16 units of the code point at `at`: 2 for a surrogate pair. */
function widthAt(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdbff) return 1;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
}

/** The UTF-16 position of a code point, counted from 0; the text's length when it has fewer code points. */
function unitPosition(text: string, codePoint: number): number {
  let at = 0;
  for (let passed = 0; passed < codePoint && at < text.length; passed += 1) at += widthAt(text, at);
  return at;
}

export function codePoints(text: string): string[] {
  return SURROGATE.test(text) ? Array.from(text) : text.split("");
}

/** Order by code point: negative, zero or positive. UTF-16 order differs only where a surrogate meets U+E000 to U+FFFF. */
export function compareCodePoints(left: string, right: string): number {
  if (left === right) return 0;
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i += 1) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Moves surrogates above the rest of the basic plane, where their code points belong. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * Position of `search` in `text` between `start` and `end` in code points; null when it does not occur. A negative end counts from the end
 * of the text.
 */
export function findText(text: string, search: string, start: number, end: number, last: boolean): number | null {
  const hasPairs = SURROGATE.test(text);
  if (hasPairs) countUnits(text.length >>> 2);
  const unitAt = (codePoint: number): number => (hasPairs ? unitPosition(text, codePoint) : codePoint);
  const length = hasPairs && end < 0 ? codePointLength(text) : text.length;
  const from = Math.max(start, 0);
  const fromUnit = unitAt(Math.min(from, text.length));
  const window = text.slice(fromUnit, unitAt(end < 0 ? Math.max(0, length + end) : Math.min(end, text.length)));
  const at = last ? lastIndexOf(window, search) : indexOf(window, search);
  if (at === -1) return null;
  return from + (hasPairs ? codePointLength(window.slice(0, at)) : at);
}

/**
 * For some long texts, the platform's `indexOf` takes time proportional to the product of the lengths (V8's tables cover 250 characters),
 * and its `lastIndexOf` for texts of any length. Longer searches use prefix tables (Knuth, Morris, Pratt), which are linear.
 */
const INDEX_OF_MAX = 250;
const LAST_INDEX_OF_MAX = 8;

function indexOf(text: string, search: string): number {
  return search.length <= INDEX_OF_MAX ? text.indexOf(search) : firstMatch(text, search, bordersOf(search, forwards));
}

function lastIndexOf(text: string, search: string): number {
  if (search.length <= LAST_INDEX_OF_MAX) return text.lastIndexOf(search);
  const at = firstMatch(text, search, bordersOf(search, backwards), backwards);
  return at === -1 ? -1 : text.length - at - search.length;
}

/** Reads a text's UTF-16 units in one direction. */
type UnitAt = (text: string, at: number) => number;
const forwards: UnitAt = (text, at) => text.charCodeAt(at);
const backwards: UnitAt = (text, at) => text.charCodeAt(text.length - 1 - at);

/** The first position of `search` in `text`, not before `from`, in the order of `unitAt`; -1 if there is none. */
function firstMatch(text: string, search: string, borders: Int32Array, unitAt = forwards, from = 0): number {
  countUnits(text.length - from);
  let matched = 0;
  for (let at = from; at < text.length; at += 1) {
    const unit = unitAt(text, at);
    while (matched > 0 && unit !== unitAt(search, matched)) matched = borders[matched - 1] ?? 0;
    if (unit === unitAt(search, matched)) matched += 1;
    if (matched === search.length) return at - matched + 1;
  }
  return -1;
}

/** For each prefix of a text, the length of its longest proper prefix that is also its suffix. */
function bordersOf(text: string, unitAt: UnitAt): Int32Array {
  countUnits(text.length);
  const borders = new Int32Array(text.length);
  let length = 0;
  for (let at = 1; at < text.length; at += 1) {
    const unit = unitAt(text, at);
    while (length > 0 && unit !== unitAt(text, length)) length = borders[length - 1] ?? 0;
    if (unit === unitAt(text, length)) length += 1;
    borders[at] = length;
  }
  return borders;
}

/** Says whether `text` contains `search`. */
export function includesText(text: string, search: string): boolean {
  return indexOf(text, search) !== -1;
}

/** White space as trimmed by JMESPath Community: that of ECMAScript, and U+0085. */
const WHITE_SPACE = /[\s\u0085]/;

/** Removes characters of `set` (white space when it is empty) from one or both ends. Linear, unlike a regular expression with `*$`. */
export function trimText(text: string, set: string, left: boolean, right: boolean): string {
  const points = codePoints(text);
  const chars = set === "" ? null : new Set(codePoints(set));
  const isTrimmed = (char: string | undefined): boolean =>
    char !== undefined && (chars === null ? WHITE_SPACE.test(char) : chars.has(char));
  let start = 0;
  let end = points.length;
  if (left) while (start < end && isTrimmed(points[start])) start += 1;
  if (right) while (end > start && isTrimmed(points[end - 1])) end -= 1;
  return points.slice(start, end).join("");
}

/** Pieces of `text` between occurrences of `search`: at most `cuts` cuts, from the left. An empty `search` cuts between code points. */
export function splitText(text: string, search: string, cuts: number): string[] {
  if (cuts === 0) return [text];
  const pieces = search === "" ? codePoints(text) : cutAt(text, search);
  if (pieces.length - 1 <= cuts) return pieces;
  return [...pieces.slice(0, cuts), pieces.slice(cuts).join(search)];
}

function cutAt(text: string, search: string): string[] {
  if (search.length <= INDEX_OF_MAX) return text.split(search);
  const borders = bordersOf(search, forwards);
  const pieces: string[] = [];
  let done = 0;
  for (;;) {
    const at = firstMatch(text, search, borders, forwards, done);
    if (at === -1) break;
    pieces.push(text.slice(done, at));
    done = at + search.length;
  }
  pieces.push(text.slice(done));
  return pieces;
}
