import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonInputError } from "./json-input-error.ts";
import { parseJsonInput } from "./json-input.ts";
import type { Json } from "./json.ts";

function codeOf(text: string): string {
  try {
    parseJsonInput(text);
    return "none";
  } catch (error) {
    if (!(error instanceof JsonInputError)) throw error;
    return error.code;
  }
}

function objectsIn(value: Json): object[] {
  if (value === null || typeof value !== "object") return [];
  const inner = Object.values(value).flatMap((member) => objectsIn(member));
  return Array.isArray(value) ? inner : [value, ...inner];
}

describe("parseJsonInput", () => {
  it("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJsonInput(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it("leaves no object with a prototype", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        for (const object of objectsIn(parseJsonInput(text))) expect(Object.getPrototypeOf(object)).toBeNull();
      }),
    );
  });

  it("treats __proto__ like any other key", () => {
    const value = parseJsonInput('{"__proto__":{"admin":true}}');
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect((value as { admin?: unknown }).admin).toBeUndefined();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it.each([
    ["[".repeat(64) + "]".repeat(64), "none"],
    ["[".repeat(65) + "]".repeat(65), "json_too_deep"],
    ['{"a":'.repeat(65) + "1" + "}".repeat(65), "json_too_deep"],
    ["[".repeat(500_000) + "]".repeat(500_000), "json_too_deep"],
    [`[${"0,".repeat(249_998)}0]`, "none"],
    [`[${"0,".repeat(249_999)}0]`, "json_too_large"],
    ["1e400", "none"],
    ["1e-400", "none"],
    ["1e1000001", "json_number_range"],
    ['{"a":[-1e-9999999]}', "json_number_range"],
    ["0e9999999", "none"],
    ["", "json_invalid"],
    ["{", "json_invalid"],
    ["NaN", "json_invalid"],
    ["null", "none"],
  ])("judges a text of the table", (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it("refuses more numbers with many digits than can be read quickly, and says how to send them", () => {
    const ids = (count: number): string => `[${Array.from({ length: count }, () => "1234567890123456789").join(",")}]`;
    expect(parseJsonInput(ids(20_000))).toHaveLength(20_000);
    expect(() => parseJsonInput(ids(20_001))).toThrow(
      expect.objectContaining({ code: "json_too_large", message: expect.stringMatching(/20000 numbers.*as strings/) }),
    );
  });
});
