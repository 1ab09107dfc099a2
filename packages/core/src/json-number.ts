import type { Json } from "./json.ts";

const IN_FULL = /^-?\d+(?:\.\d*[1-9])?$/;

/** Node 22 and browsers since 2025 have `JSON.rawJSON`; TypeScript does not know it yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/**
 * A number in a JSON text that a double cannot hold as written, such as 9007199254740993. It keeps its digits.
 *
 * Created if its value differs from that of every double as JavaScript writes it. A value that a double can hold is a plain number, however
 * it is spelled (`1.10`, `1e2`). The only exception is whole numbers from 10^21 on that are written in digits, because JavaScript would
 * write them with an exponent. `JSON.stringify` writes the original text.
 */
export class ExactNumber {
  /** The number as it is written in JSON. */
  readonly text: string;
  #decimal: Decimal | null = null;

  /** @param text  A number in JSON's notation. To distinguish plain numbers from exact ones, call `readNumber` instead. */
  constructor(text: string) {
    this.text = text;
  }

  get decimal(): Decimal {
    this.#decimal ??= readDecimal(this.text);
    return this.#decimal;
  }

  toJSON(): unknown {
    return rawJSON(this.text);
  }

  toString(): string {
    return this.text;
  }
}

/** A decimal number, `digits` × 10^`exponent`; one form for each value. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros at either end; empty for 0. */
  readonly digits: string;
  readonly exponent: number;
}

/** Exponents beyond this are not accepted: no meaningful number has them, and sums of exponents stay exact. */
export const EXPONENT_MAX = 1_000_000;

/**
 * Returns a plain number if a double can hold the value and JavaScript writes it without adding an exponent, else an `ExactNumber`.
 *
 * @param text  A number in JSON's notation.
 * @returns Null when its exponent is beyond `EXPONENT_MAX`.
 */
export function readNumber(text: string): number | ExactNumber | null {
  const value = Number(text);
  const written = String(value);
  if (written === text) return value;
  // This few digits survive in any double that is not at the end of the range.
  if (text.length <= DIGITS_SURE && Math.abs(value) > 1e-290 && Math.abs(value) < 1e290) return value;
  // Numbers written in full, without superfluous zeros, are equal only if their digits are.
  if (value !== 0 && IN_FULL.test(text) && IN_FULL.test(written)) return new ExactNumber(text);
  // 10^21 in digits: equal to 1e+21, but an id or an amount must stay in digits.
  if (written.includes("e+") && !/[eE]/.test(text)) return new ExactNumber(text);
  const decimal = readDecimal(text);
  if (decimal.digits === "") return value;
  if (Math.abs(decimal.exponent) > EXPONENT_MAX) return null;
  return isHeldBy(value, decimal) ? value : new ExactNumber(text);
}

const DIGITS_SURE = 15;

function isHeldBy(value: number, decimal: Decimal): boolean {
  return Number.isFinite(value) && compareDecimals(readDecimal(String(value)), decimal) === 0;
}

/** Says whether an exact number has the value of a double and differs only in its spelling: 1000000000000000000000. */
export function isHeldByDouble({ text, decimal }: ExactNumber): boolean {
  return isHeldBy(Number(text), decimal);
}

/** Says whether a value is a number, plain or exact. */
export function isNumeric(value: Json | undefined): value is number | ExactNumber {
  return typeof value === "number" || value instanceof ExactNumber;
}

/** Orders two numbers by value: negative, zero or positive. */
export function compareNumbers(left: number | ExactNumber, right: number | ExactNumber): number {
  // Never -0, which the difference of -0 and 0 would be.
  if (typeof left === "number" && typeof right === "number") return left === right ? 0 : left - right;
  return compareDecimals(decimalOf(left), decimalOf(right));
}

/** The value of a number as written; for a double, the value of the digits that JavaScript writes. */
export function decimalOf(value: number | ExactNumber): Decimal {
  return typeof value === "number" ? readDecimal(String(value)) : value.decimal;
}

/** A number as text for people and addresses: in digits, even if JSON would write `1e+21` or `1e-7`. An exact number is as it was sent. */
export function numberText(value: number | ExactNumber): string {
  const written = String(value);
  if (typeof value !== "number" || !written.includes("e")) return written;
  const { isNegative, digits, exponent } = readDecimal(written);
  const sign = isNegative ? "-" : "";
  if (exponent >= 0) return sign + digits + "0".repeat(exponent);
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** The decimal of a number in JSON's notation, or as JavaScript writes one. */
function readDecimal(text: string): Decimal {
  const isNegative = text.startsWith("-");
  const mark = text.search(/[eE]/);
  const mantissa = text.slice(isNegative ? 1 : 0, mark === -1 ? text.length : mark);
  const point = mantissa.indexOf(".");
  const written = point === -1 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  let [start, end] = [0, written.length];
  while (start < end && written.charCodeAt(start) === ZERO) start += 1;
  while (end > start && written.charCodeAt(end - 1) === ZERO) end -= 1;
  if (start === end) return { isNegative: false, digits: "", exponent: 0 };
  const fraction = point === -1 ? 0 : mantissa.length - point - 1;
  const exponent = (mark === -1 ? 0 : Number(text.slice(mark + 1))) - fraction + (written.length - end);
  return { isNegative, digits: written.slice(start, end), exponent };
}

const ZERO = 48;

function compareDecimals(left: Decimal, right: Decimal): number {
  const signs = signOf(left) - signOf(right);
  if (signs !== 0) return signs;
  return signOf(left) * compareSizes(left, right);
}

function signOf({ isNegative, digits }: Decimal): -1 | 0 | 1 {
  if (digits === "") return 0;
  return isNegative ? -1 : 1;
}

/** Orders two decimals other than 0 by their absolute value. */
function compareSizes(left: Decimal, right: Decimal): number {
  const magnitudes = left.digits.length + left.exponent - (right.digits.length + right.exponent);
  if (magnitudes !== 0) return magnitudes;
  if (left.digits === right.digits) return 0;
  return left.digits < right.digits ? -1 : 1;
}
