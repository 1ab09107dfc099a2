import type { Json } from "../json.ts";
import { type Decimal, decimalOf, ExactNumber, isNumeric, readNumber } from "../json-number.ts";
import { countUnits } from "./budget.ts";
import { failed, finite, show } from "./failure.ts";
import { roundsNumbers } from "./semantics.ts";

/**
 * Arithmetic that never changes a digit in silence. Doubles are calculated with as JavaScript does, as long as a result of whole numbers
 * is whole and safe; beyond that, and with numbers that no double holds, results are exact or the expression fails.
 */
export type Numeric = number | ExactNumber;

export type Operator = "+" | "-" | "*" | "/" | "//" | "%";

/** What one exact calculation may handle: more digits than any number that counts something. */
const DIGITS_MAX = 1_000;

const DOUBLES: { readonly [Sign in Operator]: (a: number, b: number) => number } = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a % b,
};

/** The result of two operands, of which neither has been checked. */
export function calculate(sign: Operator, left: Json, right: Json): Numeric {
  const compute = DOUBLES[sign];
  if (typeof left === "number" && typeof right === "number") {
    if ((sign === "/" || sign === "//" || sign === "%") && right === 0) throw failed(`"${sign}" divides by zero`);
    const result = compute(left, right);
    if (!Number.isFinite(result)) throw failed(`"${sign}" gives a number outside the range of JSON numbers`);
    if (sign === "/" || isSafe(left, right, result) || roundsNumbers()) return result;
  }
  return calculateExactly(sign, requireNumeric(left, sign), requireNumeric(right, sign));
}

/** Whether doubles give the right result: of safe whole numbers, or of fractions, which are rounded everywhere. */
function isSafe(left: number, right: number, result: number): boolean {
  if (!Number.isInteger(left) || !Number.isInteger(right)) return true;
  return Number.isSafeInteger(result) && Number.isSafeInteger(left) && Number.isSafeInteger(right);
}

/** Gives a number back, or throws for a value of another type. */
export function requireNumeric(value: Json, sign: string): Numeric {
  if (!isNumeric(value)) throw failed(`"${sign}" takes numbers, got ${show(value)}`);
  return value;
}

function calculateExactly(sign: Operator, left: Numeric, right: Numeric): Numeric {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  const exponent = Math.min(a.exponent, b.exponent);
  if (sign === "*") return numberFrom(integerOf(a, a.exponent) * integerOf(b, b.exponent), a.exponent + b.exponent);
  const [x, y] = [integerOf(a, exponent), integerOf(b, exponent)];
  switch (sign) {
    case "+":
      return numberFrom(x + y, exponent);
    case "-":
      return numberFrom(x - y, exponent);
    case "%":
      return numberFrom(x % notZero(y, sign), exponent);
    case "//":
      return numberFrom(floorOf(x, notZero(y, sign)), 0);
    default:
      return quotientOf(x, notZero(y, sign), `${show(left)} / ${show(right)}`);
  }
}

function notZero(value: bigint, sign: string): bigint {
  if (value === 0n) throw failed(`"${sign}" divides by zero`);
  return value;
}

function floorOf(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor !== 0n && dividend < 0n !== divisor < 0n ? quotient - 1n : quotient;
}

/** Digits after the point that a quotient may have. */
const QUOTIENT_PLACES = 40;

function quotientOf(dividend: bigint, divisor: bigint, what: string): Numeric {
  const scaled = dividend * 10n ** BigInt(QUOTIENT_PLACES);
  if (scaled % divisor === 0n) return numberFrom(scaled / divisor, -QUOTIENT_PLACES);
  throw failed(`${what} has no end that could be kept; "//" and "%" give the whole part and the rest`);
}

/** A decimal as a whole number of 10^`exponent`. */
function integerOf({ isNegative, digits, exponent }: Decimal, unit: number): bigint {
  if (digits === "") return 0n;
  const zeros = exponent - unit;
  if (digits.length + zeros > DIGITS_MAX) {
    throw failed(
      `a calculation would need ${digits.length + zeros} digits; the limit is ${DIGITS_MAX}. Send such a number as a string`,
    );
  }
  countUnits(10 + (digits.length >>> 3));
  const value = BigInt(digits + "0".repeat(zeros));
  return isNegative ? -value : value;
}

/** The number `value` × 10^`exponent`. */
function numberFrom(value: bigint, exponent: number): Numeric {
  const digits = String(value);
  countUnits(10 + digits.length);
  const number = readNumber(exponent === 0 ? digits : plainText(digits, exponent));
  if (number === null) throw failed("a calculation gives a number outside the range of JSON numbers");
  return number;
}

/** A decimal without exponent where that is readable, as a person would write it. */
function plainText(digits: string, exponent: number): string {
  if (exponent > 0) return exponent <= 30 ? digits + "0".repeat(exponent) : `${digits}e+${exponent}`;
  const [sign, size] = digits.startsWith("-") ? ["-", digits.slice(1)] : ["", digits];
  const padded = size.padStart(1 - exponent, "0");
  const whole = padded.slice(0, exponent);
  let fraction = padded.slice(exponent);
  while (fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** The number with the other sign. */
export function negated(value: Numeric): Numeric {
  if (typeof value === "number") return -1 * value;
  countUnits(value.text.length >>> 4);
  return new ExactNumber(value.text.startsWith("-") ? value.text.slice(1) : `-${value.text}`);
}

/** The number without its sign. */
export function absolute(value: Numeric): Numeric {
  if (typeof value === "number") return Math.abs(value);
  return value.text.startsWith("-") ? negated(value) : value;
}

/** The whole number that is not greater (`"floor"`) or not less (`"ceil"`). */
export function rounded(value: Numeric, to: "floor" | "ceil"): Numeric {
  if (typeof value === "number") return Math[to](value);
  const { isNegative, digits, exponent } = value.decimal;
  if (exponent >= 0) return value;
  const whole = { isNegative, digits: digits.slice(0, Math.max(0, digits.length + exponent)), exponent: 0 };
  const step = isNegative === (to === "floor") ? 1n : 0n;
  return numberFrom(integerOf(whole, 0) + (isNegative ? -step : step), 0);
}

/** The sum: of fractions in doubles as JavaScript adds them up; otherwise exact. */
export function sumOf(values: readonly Numeric[]): Numeric {
  let sum = 0;
  let isWhole = true;
  let isRight = true;
  for (const value of values) {
    if (typeof value !== "number") return exactSumOf(values);
    sum += value;
    isWhole &&= Number.isInteger(value);
    isRight &&= Number.isSafeInteger(sum) && Number.isSafeInteger(value);
  }
  finite(sum, "sum");
  return isWhole && !isRight && !roundsNumbers() ? exactSumOf(values) : sum;
}

/** The mean of at least one number: of doubles as JavaScript divides, otherwise exact. */
export function meanOf(values: readonly Numeric[]): Numeric {
  let sum = 0;
  for (const value of values) {
    if (typeof value !== "number") return calculate("/", exactSumOf(values), values.length);
    sum += value;
  }
  return finite(sum / values.length, "avg");
}

function exactSumOf(values: readonly Numeric[]): Numeric {
  const decimals = values.map(decimalOf);
  const exponent = decimals.reduce((least, decimal) => Math.min(least, decimal.exponent), 0);
  return numberFrom(
    decimals.reduce((sum, decimal) => sum + integerOf(decimal, exponent), 0n),
    exponent,
  );
}
