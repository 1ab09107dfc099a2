import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeJsonFault } from "./json-fault.ts";
import { parseJsonInput } from "./json-input.ts";

function messageOf(text: string): string {
  try {
    parseJsonInput(text);
    return "none";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("the message for a text that is not JSON", () => {
  it.each([
    ["", "Not JSON: it is empty; a value is expected at offset 0"],
    ["  ", "Not JSON: it ends where a value is expected, at offset 2"],
    ['{"a":', "Not JSON: it ends where a value is expected, at offset 5"],
    ['{"password":hunter2}', "Not JSON: found the character U+0068 instead of a value at offset 12"],
    ["NaN", "Not JSON: found the character U+004E instead of a value at offset 0"],
    ["nul", "Not JSON: it ends where true, false or null is expected, at offset 3"],
    [
      "{'a':1}",
      "Not JSON: found the character U+0027 instead of a name in double quotes or the end of the object at offset 1",
    ],
    ['{"a":1,}', "Not JSON: found the character U+007D instead of a name in double quotes at offset 7"],
    ["[1,]", "Not JSON: found the character U+005D instead of a value at offset 3"],
    ["[1 2]", "Not JSON: found the character U+0032 instead of a comma or the end of the array at offset 3"],
    ["[1}", "Not JSON: found the character U+007D instead of a comma or the end of the array at offset 2"],
    ['{"a" 1}', "Not JSON: found the character U+0031 instead of a colon at offset 5"],
    ["1.", "Not JSON: it ends where a digit is expected, at offset 2"],
    ["-x", "Not JSON: found the character U+0078 instead of a digit at offset 1"],
    ["1e+", "Not JSON: it ends where a digit is expected, at offset 3"],
    ["01", "Not JSON: found the character U+0031 instead of the end of the text at offset 1"],
    ["{} 😀", "Not JSON: found the character U+1F600 instead of the end of the text at offset 3"],
    ['"a', "Not JSON: it ends inside a string at offset 2"],
    ['"a\tb"', "Not JSON: a string contains the unescaped control character U+0009 at offset 2"],
    ['"a\\x"', "Not JSON: a backslash in a string does not start a JSON escape at offset 3"],
    [
      '{\n "a": 1\n "b": 2}',
      "Not JSON: found the character U+0022 instead of a comma or the end of the object at offset 11 (line 3, column 2)",
    ],
    ["\ufeff{", "Not JSON: it ends where a name in double quotes or the end of the object is expected, at offset 2"],
    ["\ufeff\ufeff{}", "Not JSON: found the character U+FEFF instead of a value at offset 1"],
  ])("of %j says where, and repeats nothing of it", (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it("accepts one byte order mark at the start", () => {
    expect(parseJsonInput('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  it("names the position where the longest valid start of a text ends", () => {
    const pieces = fc.constantFrom(
      ...'{}[]:,"\\0123.eE+-tfn '.split(""),
      "true",
      "false",
      "null",
      '"a"',
      '"a":',
      "1.5e3",
      "\n",
      "\\u00e4",
      "é",
      "\u0001",
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
        (text) => {
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          if (isJson) return;
          const fault = describeJsonFault(text);
          const offset = Number(/ offset (\d+)/.exec(fault)?.[1]);
          expect(offset).toBeLessThanOrEqual(text.length);
          if (fault.startsWith("it ")) expect(offset).toBe(text.length);
          else expect(/^(?:found the character U|a string contains|a backslash)/.test(fault)).toBe(true);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("is found in a deep or long text without a deep stack", () => {
    expect(messageOf("[".repeat(1_000_000))).toContain("at offset 1000000");
    expect(messageOf(`["${"a".repeat(1_000_000)}`)).toContain("at offset 1000002");
  });
});
