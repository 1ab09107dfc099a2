import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpressionSyntaxError } from "./expression-error.ts";
import { parseExpression } from "./parse.ts";

function mistake(text: string): [code: string, offset: number] | null {
  try {
    parseExpression(text);
    return null;
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    return [error.code, error.offset];
  }
}

describe("parseExpression", () => {
  it.each<[string, string, number]>([
    ["", "expression_syntax", 0],
    ["  ", "expression_syntax", 0],
    ["a b", "expression_syntax", 2],
    ["input.", "expression_syntax", 6],
    ["sum(a", "expression_syntax", 3],
    ["a)", "expression_syntax", 1],
    ["(a]", "expression_syntax", 2],
    ["{a: b, c}", "expression_syntax", 8],
    ["a # b", "expression_syntax", 2],
    ["'abc", "expression_syntax", 0],
    ['a."b', "expression_syntax", 2],
    ["a | `{`", "expression_syntax", 4],
    ['a."\\x"', "expression_syntax", 2],
    ["'#' == #", "expression_syntax", 7],
    ["!a.b", "expression_syntax", 0],
    ["!a.*", "expression_syntax", 0],
    ["a == = b", "expression_syntax", 5],
    ["a[::0]", "expression_syntax", 0],
    ["a = b", "expression_syntax", 2],
    ["'=' == a && a = b", "expression_syntax", 14],
    ["let $x = a, $y = b in $x = $y", "expression_syntax", 25],
    ["a | $x", "expression_syntax", 4],
    ["a.b | nope(x)", "expression_unknown_function", 6],
    ["constructor(a)", "expression_unknown_function", 0],
    ["a | length()", "expression_syntax", 4],
    ["sort_by(a, b)", "expression_syntax", 0],
    ["&a", "expression_syntax", 0],
    ["sort_by(a, &b) | &c", "expression_syntax", 17],
    ["a".repeat(4097), "expression_too_large", 4096],
    ["[".repeat(65) + "a" + "]".repeat(65), "expression_too_large", 64],
    ["[".repeat(2000) + "]".repeat(2000), "expression_too_large", 64],
    ["(".repeat(4096), "expression_too_large", 64],
    ["!".repeat(4000) + "a", "expression_too_large", 1024],
    ["a[*]".repeat(1000), "expression_too_large", 1024],
  ])("%j is refused with its place", (text, code, offset) => {
    expect(mistake(text)).toEqual([code, offset]);
  });

  it.each([
    "[".repeat(64) + "a" + "]".repeat(64),
    "a" + ".a".repeat(255),
    "a || ".repeat(255) + "a",
    "!".repeat(500) + "a",
    "`[[[[1]]]]`",
    "'({['",
    '"]("',
  ])("%j is within the limits", (text) => {
    expect(mistake(text)).toBeNull();
  });

  it("refuses more than 512 nodes", () => {
    expect(mistake("a" + ".a".repeat(257))).toEqual(["expression_too_large", 0]);
  });

  it("never throws anything but a syntax error", () => {
    const sign = fc.constantFrom(
      ..."abinput.[]{}()|&!<>=*:,'\"`@$?+-/% 01\\é".split(""),
      "let $x = ",
      " in ",
      "length(",
      "&&",
      "||",
      "[?",
      "[*]",
    );
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 40 }), (signs) => {
        const found = mistake(signs.join(""));
        if (found !== null) {
          expect(found[1]).toBeGreaterThanOrEqual(0);
          expect(found[1]).toBeLessThanOrEqual(signs.join("").length);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
