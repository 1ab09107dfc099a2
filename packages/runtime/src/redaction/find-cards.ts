import { isDigitAt, isWordAt, NONE, type Span } from "./span.ts";

const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
const DIGITS = /[0-9]+/g;
/** What people write between the digits of a card, one at a time. */
const SEPARATORS = " -.\u00a0\u2009\u202f";

/** Ranges of issuers by the first digits, and the lengths of their numbers (ISO/IEC 7812). */
const ISSUERS: readonly { readonly from: number; readonly to: number; readonly lengths: readonly number[] }[] = [
  { from: 4, to: 4, lengths: [13, 16, 19] },
  { from: 51, to: 55, lengths: [16] },
  { from: 2221, to: 2720, lengths: [16] },
  { from: 34, to: 34, lengths: [15] },
  { from: 37, to: 37, lengths: [15] },
  { from: 300, to: 305, lengths: [14, 16, 17, 18, 19] },
  { from: 3095, to: 3095, lengths: [14, 16, 17, 18, 19] },
  { from: 36, to: 36, lengths: [14, 15, 16, 17, 18, 19] },
  { from: 38, to: 39, lengths: [14, 16, 17, 18, 19] },
  { from: 3528, to: 3589, lengths: [16, 17, 18, 19] },
  { from: 6011, to: 6011, lengths: [16, 17, 18, 19] },
  { from: 644, to: 659, lengths: [16, 17, 18, 19] },
  { from: 62, to: 62, lengths: [16, 17, 18, 19] },
  { from: 50, to: 50, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 56, to: 58, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 60, to: 69, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 2200, to: 2204, lengths: [16, 17, 18, 19] },
  { from: 9792, to: 9792, lengths: [16] },
];

/** Numbers of payment cards: 13 to 19 digits, also in groups, of a known issuer and with a right check digit. */
export function findCards(text: string): readonly Span[] {
  if (text.length < DIGITS_MIN) return NONE;
  const spans: Span[] = [];
  DIGITS.lastIndex = 0;
  for (let group = DIGITS.exec(text); group !== null; group = DIGITS.exec(text)) {
    const from = group.index;
    const to = from > 0 && isWordAt(text, from - 1) ? null : cardEnd(text, from);
    if (to === null) continue;
    spans.push({ from, to });
    DIGITS.lastIndex = to;
  }
  return spans;
}

/** Where the card ends that begins here; null: none does. The longest counts. */
function cardEnd(text: string, from: number): number | null {
  let digits = "";
  let end: number | null = null;
  for (let at = from; digits.length < DIGITS_MAX;) {
    if (isDigitAt(text, at)) digits += text.charAt(at++);
    else if (SEPARATORS.includes(text.charAt(at)) && at < text.length && isDigitAt(text, at + 1)) at++;
    else break;
    if (digits.length >= DIGITS_MIN && !isWordAt(text, at) && isCard(digits)) end = at;
  }
  return end;
}

function isCard(digits: string): boolean {
  const isIssued = ISSUERS.some(({ from, to, lengths }) => {
    const prefix = Number(digits.slice(0, String(from).length));
    return prefix >= from && prefix <= to && lengths.includes(digits.length);
  });
  return isIssued && hasCheckDigit(digits);
}

/** Luhn's sum, ISO/IEC 7812-1. */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, isDoubled = false; at >= 0; at--, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(at) - 0x30;
    const counted = isDoubled ? 2 * digit : digit;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}
