import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { previewExpression } from "./preview.ts";

const SCOPE = { input: { id: 7, lines: [{ price: 2 }, { price: 3 }] } };

describe("previewExpression", () => {
  it("returns a value or the mistake, as plain data", () => {
    expect(previewExpression("sum(input.lines[].price)", SCOPE)).toEqual({ value: 5 });
    expect(previewExpression("input.", SCOPE)).toEqual({
      error: { code: "expression_syntax", message: "ends too early", offset: 6 },
    });
    expect(previewExpression("input.id | nope(@)", SCOPE)).toEqual({
      error: {
        code: "expression_unknown_function",
        message: "the function nope() does not exist",
        offset: expect.any(Number),
      },
    });
    expect(previewExpression("sum(input)", SCOPE)).toEqual({
      error: {
        code: "expression_failed",
        message: 'Expression "sum(input)": sum() takes an array of numbers as argument 1, got an object',
        offset: null,
      },
    });
  });

  it("reads only own members of a plain object", () => {
    for (const name of ["constructor", "toString", "__proto__"]) {
      expect(previewExpression(`input.${name}`, SCOPE)).toEqual({ value: null });
      expect(previewExpression(`@ | ${name}`, SCOPE)).toEqual({ value: null });
    }
    expect(previewExpression("keys(input)", SCOPE)).toEqual({ value: ["id", "lines"] });
  });

  it("gives the same for plain objects as for objects without prototype, and never throws", () => {
    const words = fc.constantFrom(
      "input",
      ".",
      "id",
      "lines",
      "[*]",
      "[?",
      "price",
      "`1`",
      "]",
      "==",
      "(",
      ")",
      "sum",
      "keys",
      "&",
      ",",
      "@",
      "|",
      "{a:",
      "}",
      "'x'",
    );
    const bare = Object.assign(Object.create(null), structuredClone(SCOPE)) as { [name: string]: Json };
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 10 }).map((parts) => parts.join("")),
        (text) => {
          const preview = previewExpression(text, SCOPE);
          expect(JSON.stringify(preview)).toBe(JSON.stringify(previewExpression(text, bare)));
          expect("value" in preview || preview.error.message !== "").toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
