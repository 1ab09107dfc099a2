/**
 * Strings as sequences of code points, independent of locale. Lengths, positions and order in expressions are counted in code points,
 * as JMESPath says; the common case without surrogate pairs costs nothing extra.
 */

const SURROGATE = /[\ud800-\udfff]/;

export function codePointLength(text: string): number {
  return SURROGATE.test(text) ? codePoints(text).length : text.length;
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

/** Position of `search` in `text` between `start` and `end` in code points; null when it is not there. */
export function findText(text: string, search: string, start: number, end: number, last: boolean): number | null {
  if (!SURROGATE.test(text)) {
    const from = Math.max(start, 0);
    const window = text.slice(from, Math.min(end, text.length));
    const at = last ? window.lastIndexOf(search) : window.indexOf(search);
    return at === -1 ? null : at + from;
  }
  const points = Array.from(text);
  const from = Math.max(start, 0);
  const window = points.slice(from, Math.min(end, points.length)).join("");
  const at = last ? window.lastIndexOf(search) : window.indexOf(search);
  return at === -1 ? null : codePointLength(window.slice(0, at)) + from;
}

/** White space as JMESPath Community trims it: that of ECMAScript, and U+0085. */
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
  const pieces = search === "" ? codePoints(text) : text.split(search);
  if (pieces.length - 1 <= cuts) return pieces;
  return [...pieces.slice(0, cuts), pieces.slice(cuts).join(search)];
}
