import { isDigitAt, isWordAt, NONE, type Span } from "./span.ts";

const START = /[+(]?[0-9]+/g;
/** The next group of digits, with what people write before it. */
const GROUP = /[ ().\u00a0\u202f/-]{0,3}[0-9]+/y;
/** ITU-T E.164: at most 15 digits; the shortest that are somebody's have eight, with the country's. */
const INTERNATIONAL = { min: 8, max: 15 };
const NATIONAL = { min: 9, max: 12 };
/** North America: an area and an exchange, of which neither begins with 0 or 1, in groups. */
const AMERICAN = /(?:1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}(?![0-9])/y;
/** What begins with a 0 and is no number. */
const DATE = /[0-9]{2}[./-][0-9]{2}[./-][0-9]{2}/y;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-/iy;

/**
 * Telephone numbers: in international form with `+` or `00`; in national form with a leading 0 and nine to twelve digits; and in that of
 * North America, in groups. Not found are digits without a prefix or groups, such as 5551234567, short numbers, extensions, and numbers
 * in JSON that are not texts.
 */
export function findPhones(text: string): readonly Span[] {
  if (text.length < INTERNATIONAL.min) return NONE;
  const spans: Span[] = [];
  START.lastIndex = 0;
  for (let start = START.exec(text); start !== null; start = START.exec(text)) {
    const from = start.index;
    const to = isJoined(text, from) ? null : phoneEnd(text, from);
    if (to !== null) spans.push({ from, to });
    // What begins with a sign may also be a number without it.
    START.lastIndex = to ?? (isDigitAt(text, from) ? START.lastIndex : from + 1);
  }
  return spans;
}

/** Whether it goes on what stands before: a word, a path, a version, a name with hyphens. */
function isJoined(text: string, at: number): boolean {
  if (at === 0) return false;
  switch (text[at - 1]) {
    case "#":
      return true;
    case ":":
      return isDigitAt(text, at - 2);
    case ".":
    case "-":
    case "/":
      return at > 1 && isWordAt(text, at - 2);
    default:
      return isWordAt(text, at - 1);
  }
}

/** Where the number ends that begins here; null: none does. */
function phoneEnd(text: string, from: number): number | null {
  if (text[from] === "+") return text[from + 1] === "0" ? null : groupsEnd(text, from + 1, INTERNATIONAL);
  const american = matchAt(AMERICAN, text, from);
  if (american !== null) return american;
  const zero = text[from] === "(" ? from + 1 : from;
  if (text[zero] !== "0") return null;
  if (text[zero + 1] === "0") return isZeroOrNone(text, zero + 2) ? null : groupsEnd(text, zero + 2, INTERNATIONAL);
  if (isZeroOrNone(text, zero + 1) || matchAt(DATE, text, from) !== null || matchAt(UUID, text, from) !== null)
    return null;
  return groupsEnd(text, zero, NATIONAL);
}

function isZeroOrNone(text: string, at: number): boolean {
  return !isDigitAt(text, at) || text[at] === "0";
}

/** The most groups of digits that are not too many together. */
function groupsEnd(
  text: string,
  from: number,
  { min, max }: { readonly min: number; readonly max: number },
): number | null {
  let end: number | null = null;
  let digits = 0;
  for (let at = from; ;) {
    const to = matchAt(GROUP, text, at);
    if (to === null) return end;
    for (let place = at; place < to; place++) if (isDigitAt(text, place)) digits++;
    if (digits > max) return end;
    if (digits >= min && !isWordAt(text, to)) end = to;
    at = to;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}
