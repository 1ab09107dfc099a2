import type { Json } from "../json.ts";
import { type Decimal, decimalOf, ExactNumber, isNumeric, readNumber } from "../json-number.ts";
import { countUnits } from "./budget.ts";
import { failed, finite, show } from "./failure.ts";
import { roundsNumbers } from "./semantics.ts";

/**
 * Arithmetic that never changes a digit silently. Doubles follow JavaScript's arithmetic while they are small enough: whole numbers up to
 * 2^53, and fractions below 10^15, whose last places are rounded as in every language. Beyond that, and for numbers that no double can
 * hold, `+`, `-`, `*`, `//`, `%` and sums are exact or the expression fails. A quotient that is not a finite decimal is rounded to the
 * nearest double, whatever its operands.
 */
export type Numeric = number | ExactNumber;

export type Operator = "+" | "-" | "*" | "/" | "//" | "%";

/** The most digits in an exact calculation: more than any meaningful number has. */
const DIGITS_MAX = 1_000;

const DOUBLES: { readonly [Sign in Operator]: (a: number, b: number) => number } = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a % b,
};

/** The result for two operands, neither of which has been checked. */
export function calculate(sign: Operator, left: Json, right: Json): Numeric {
  const compute = DOUBLES[sign];
  if (typeof left === "number" && typeof right === "number") {
    if ((sign === "/" || sign === "//" || sign === "%") && right === 0) throw failed(`"${sign}" divides by zero`);
    const result = compute(left, right);
    if (!Number.isFinite(result)) throw failed(`"${sign}" gives a number outside the range of JSON numbers`);
    if (isRight(sign, left, right, result) || roundsNumbers()) return result;
  }
  return calculateExactly(sign, requireNumeric(left, sign), requireNumeric(right, sign));
}

/** From here on doubles have no room for every tenth. */
const FRACTIONS_BELOW = 1e15;

/** Whether doubles give the right result: for safe whole numbers, and for small fractions, whose last places are rounded everywhere. */
function isRight(sign: Operator, left: number, right: number, result: number): boolean {
  if (Number.isInteger(left) && Number.isInteger(right)) {
    return (sign === "/" || Number.isSafeInteger(result)) && Number.isSafeInteger(left) && Number.isSafeInteger(right);
  }
  // A product that underflows was not 0.
  if (result === 0 && sign === "*") return left === 0 || right === 0;
  return isSmall(left) && isSmall(right) && (isSmall(result) || sign === "/");
}

function isSmall(value: number): boolean {
  return value < FRACTIONS_BELOW && value > -FRACTIONS_BELOW;
}

/** Returns a number, or throws for a value of another type. */
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
      return quotientOf(x, notZero(y, sign));
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

/** How many digits a quotient may have beyond those of its divisor; one that ends later counts as infinite. */
const QUOTIENT_PLACES = 40;

/** Exact if the quotient is a finite decimal; otherwise the nearest double, as for 1 / 3. */
function quotientOf(dividend: bigint, divisor: bigint): Numeric {
  const places = QUOTIENT_PLACES + String(divisor).length;
  countUnits(10 + places);
  const scaled = dividend * 10n ** BigInt(places);
  const quotient = scaled / divisor;
  if (scaled % divisor === 0n) {
    const digits = String(quotient);
    const zeros = digits.length - digits.replace(/0+$/, "").length;
    return quotient === 0n ? 0 : numberFrom(BigInt(digits.slice(0, digits.length - zeros)), zeros - places);
  }
  // This many digits, and one more for the remainder, round like all of them.
  const sign = quotient === 0n && dividend < 0n !== divisor < 0n ? "-" : "";
  return finite(Number(`${sign}${quotient}1e-${places + 1}`), '"/"');
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
  countUnits(10 + ((digits.length + zeros) >>> 3));
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

/** More zeros than these at one end are hard to count. */
const ZEROS_MAX = 30;

/** A decimal as a person would write it, without an exponent if that is readable. */
function plainText(digits: string, exponent: number): string {
  if (exponent > 0) return exponent <= ZEROS_MAX ? digits + "0".repeat(exponent) : `${digits}e+${exponent}`;
  if (-exponent - digits.length > ZEROS_MAX) return `${digits}e${exponent}`;
  const [sign, size] = digits.startsWith("-") ? ["-", digits.slice(1)] : ["", digits];
  const padded = size.padStart(1 - exponent, "0");
  const whole = padded.slice(0, exponent);
  let fraction = padded.slice(exponent);
  while (fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** The number with the opposite sign. */
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

/** The sum. Safe whole numbers and small fractions are added as in JavaScript, all others exactly. */
export function sumOf(values: readonly Numeric[], name = "sum"): Numeric {
  let sum = 0;
  let areWhole = true;
  let areSmall = true;
  for (const value of values) {
    if (typeof value !== "number") return exactSumOf(values);
    sum += value;
    areWhole &&= Number.isSafeInteger(sum) && Number.isSafeInteger(value);
    areSmall &&= isSmall(sum) && isSmall(value);
  }
  finite(sum, name);
  return areWhole || areSmall || roundsNumbers() ? sum : exactSumOf(values);
}

/** The mean of at least one number: the sum, divided by `/`. */
export function meanOf(values: readonly Numeric[]): Numeric {
  return calculate("/", sumOf(values, "avg"), values.length);
}

function exactSumOf(values: readonly Numeric[]): Numeric {
  const decimals = values.map(decimalOf);
  const exponent = decimals.reduce((least, decimal) => Math.min(least, decimal.exponent), 0);
  return numberFrom(
    decimals.reduce((sum, decimal) => sum + integerOf(decimal, exponent), 0n),
    exponent,
  );
}
