import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonExactly } from "./json-exact.ts";
import { parseJsonInput } from "./json-input.ts";
import { isObject } from "./json-kind.ts";
import { compareNumbers, ExactNumber, isNumeric, readNumber } from "./json-number.ts";
import { roundNumbers } from "./round-numbers.ts";

const digits = fc.stringMatching(/^[0-9]{1,30}$/).map((text) => text.replace(/^0+(?=.)/, ""));
const numbers = fc
  .tuple(
    fc.constantFrom("", "-"),
    digits,
    fc.oneof(
      fc.constant(""),
      fc.stringMatching(/^[0-9]{1,30}$/).map((text) => `.${text}`),
    ),
    fc.oneof(
      fc.constant(""),
      fc.tuple(fc.constantFrom("e", "E", "e+", "e-"), fc.nat(400)).map(([mark, power]) => `${mark}${power}`),
    ),
  )
  .map((parts) => parts.join(""));

/** The value as a fraction of two whole numbers. */
function fractionOf(text: string): [bigint, bigint] {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const value = BigInt(sign + whole + fraction);
  const exponent = Number(power) - fraction.length;
  return exponent >= 0 ? [value * 10n ** BigInt(exponent), 1n] : [value, 10n ** BigInt(-exponent)];
}

function difference(left: string, right: string): number {
  const [[a, b], [c, d]] = [fractionOf(left), fractionOf(right)];
  const size = a * d - c * b;
  return size < 0n ? -1 : size > 0n ? 1 : 0;
}

describe("a number of a JSON text", () => {
  it.each([
    ["9007199254740993", "9007199254740993"],
    ["-18446744073709551615", "-18446744073709551615"],
    ["0.1000000000000000055", "0.1000000000000000055"],
    ["1.0000000000000001", "1.0000000000000001"],
    ["1e400", "1e400"],
    ["1e-400", "1e-400"],
    ["12345678901234567890.50", "12345678901234567890.50"],
    ["1000000000000000000000", "1000000000000000000000"],
    ["-1000000000000000000000.0", "-1000000000000000000000.0"],
    ["1e21", 1e21],
    ["9007199254740992", 9007199254740992],
    ["1.10", 1.1],
    ["1e2", 100],
    ["1.00000000000000000000", 1],
    ["0.30000000000000004", 0.30000000000000004],
    ["1e23", 1e23],
    ["123456789012345680000", 123456789012345680000],
    ["-0", -0],
    ["0e99999999999", 0],
  ])("%s is %j, whatever is around it", (text, expected) => {
    const places: readonly [string, string, (value: unknown) => unknown][] = [
      ["", "", (value) => value],
      ["[", "]", (value) => (value as unknown[])[0]],
      ['{"a":', "}", (value) => (value as { a: unknown }).a],
      ['{"a" : [1, ', ' , "b"]}', (value) => (value as { a: unknown[] }).a[1]],
    ];
    for (const [before, after, numberIn] of places) {
      const json = `${before}${text}${after}`;
      const value = parseJsonInput(json);
      expect(numberIn(value)).toEqual(typeof expected === "number" ? expected : new ExactNumber(expected));
      if (typeof expected === "string") expect(JSON.stringify(value)).toBe(json.replaceAll(" ", ""));
    }
  });

  it("is exact when no double has its value, or JavaScript would add an exponent, and a plain number otherwise", () => {
    fc.assert(
      fc.property(numbers, (text) => {
        const value = parseJsonInput(`{"n":${text},"s":"${text} ${text}"}`) as { n: unknown; s: string };
        const isHeld = Number.isFinite(Number(text)) && difference(String(Number(text)), text) === 0;
        const isGivenExponent = String(Number(text)).includes("e+") && !/[eE]/.test(text);
        expect(value.n).toEqual(isHeld && !isGivenExponent ? Number(text) : new ExactNumber(text));
        expect(value.s).toBe(`${text} ${text}`);
      }),
      { numRuns: 2000 },
    );
  });

  it("is ordered by its value", () => {
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const [a, b] = [readNumber(left), readNumber(right)];
        if (a === null || b === null) throw new Error("Numbers of the test are in range");
        expect(Math.sign(compareNumbers(a, b))).toBe(difference(left, right));
      }),
      { numRuns: 2000 },
    );
  });

  it("is distinguished from the same digits in strings, keys and unusual characters", () => {
    const signs = fc.constantFrom(
      "\ue000",
      "\\ue000",
      "\\uE001",
      "\\\\",
      '\\"',
      "\ue001",
      "\u0080",
      "\\u0081",
      "9007199254740993",
      ":9007199254740993,",
      "a",
      " ",
    );
    const strings = fc.array(signs, { maxLength: 6 }).map((parts) => `"${parts.join("")}"`);
    fc.assert(
      fc.property(strings, strings, strings, (first, second, third) => {
        const json = `{${first}:[9007199254740993,${second}],"__proto__":{"k":-9007199254740993.0,"s":${third}}}`;
        const plain = (text: string): unknown => JSON.parse(text);
        const value = parseJsonInput(json) as { [key: string]: unknown };
        expect(Object.keys(value)).toEqual(Object.keys(plain(json) as object));
        const expected = plain(
          json.replaceAll(/(?<=[:[])-?9007199254740993(?:\.0)?(?=,)/g, (text, at: number) =>
            insideString(json, at) ? text : `"#${text}"`,
          ),
        );
        const marked: unknown = plain(
          JSON.stringify(value, (_key, member: unknown) => member).replaceAll(
            /(?<=[:[])-?9007199254740993(?:\.0)?(?=,)/g,
            (text, at: number, whole: string) => (insideString(whole, at) ? text : `"#${text}"`),
          ),
        );
        expect(marked).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("is read in the same way from a trusted text, into plain objects", () => {
    const value = parseJsonExactly('{"a":{"b":9007199254740993}}') as { a: { b: unknown } };
    expect(value.a.b).toEqual(new ExactNumber("9007199254740993"));
    expect(Object.getPrototypeOf(value.a)).toBe(Object.prototype);
    expect(() => parseJsonExactly("{")).toThrow(SyntaxError);
  });

  it("is not an object", () => {
    const value = parseJsonInput("9007199254740993");
    expect(isObject(value)).toBe(false);
    expect(isNumeric(value)).toBe(true);
  });

  it("keeps the limits of depth and count", () => {
    expect(() => parseJsonInput(`${"[".repeat(65)}9007199254740993${"]".repeat(65)}`)).toThrow("deeper than 64");
    expect(() => parseJsonInput(`[${"9007199254740993,".repeat(249_999)}1]`)).toThrow("more than 250000 values");
  });
});

describe("roundNumbers", () => {
  it("gives what JSON.parse gives", () => {
    const json = '{"a":[9007199254740993,"9007199254740993",{"b":0.1000000000000000055}],"c":1e-400}';
    expect(JSON.stringify(roundNumbers(parseJsonInput(json)))).toBe(JSON.stringify(JSON.parse(json)));
  });

  it("gives the value itself when nothing is exact", () => {
    const value = parseJsonInput('{"a":[1,{"b":null}],"c":"x"}');
    expect(roundNumbers(value)).toBe(value);
  });
});

/** Whether a position in a JSON text is inside a string. */
function insideString(json: string, at: number): boolean {
  let isInside = false;
  for (let index = 0; index < at; index += 1) {
    if (isInside && json[index] === "\\") index += 1;
    else if (json[index] === '"') isInside = !isInside;
  }
  return isInside;
}
