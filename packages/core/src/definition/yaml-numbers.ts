import { Scalar, type ScalarTag } from "yaml";
import { ExactNumber, readNumber } from "../json-number.ts";

const DECIMAL = /^([-+]?)0*(\d*)(?:\.(\d*))?((?:[eE][-+]?\d+)?)$/;
/** Numbers of YAML 1.2's core schema that may have more digits than a double holds; the library reads shorter ones. */
const LONG_NUMBER =
  /^(?=.{16}|.*[eE])[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$|^0x[\da-fA-F]{14,}$|^0o[0-7]{18,}$/;

/** A scalar whose value is the number itself, not the result of its `toJSON`. */
class NumberScalar extends Scalar<number | ExactNumber> {
  override toJSON(): number | ExactNumber {
    return this.value;
  }
}

/** Reads and writes YAML numbers that no double can hold with their digits. */
export const EXACT_NUMBER_TAG: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: LONG_NUMBER,
  identify: (value) => value instanceof ExactNumber,
  resolve: (text) => new NumberScalar(readNumber(jsonNotation(text)) ?? Number.POSITIVE_INFINITY),
  stringify: ({ value }) => String(value),
};

/** A YAML number in JSON's notation. */
function jsonNotation(text: string): string {
  if (/^0[xo]/.test(text)) return String(BigInt(text));
  const [, sign, whole, fraction = "", exponent = ""] = DECIMAL.exec(text) ?? [];
  return `${sign === "-" ? "-" : ""}${whole === "" ? "0" : whole}${fraction === "" ? "" : `.${fraction}`}${exponent}`;
}
