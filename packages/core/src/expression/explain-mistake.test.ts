import { describe, expect, it } from "vitest";
import { ExpressionSyntaxError } from "./expression-error.ts";
import { parseExpression } from "./parse.ts";

function messageOf(text: string): string {
  try {
    parseExpression(text);
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return error.message;
    throw error;
  }
  return "";
}

describe("explainMistake", () => {
  it.each([
    ["a > 1000", "a number is written between backticks: `1000`"],
    ["a == -1.50", "a number is written between backticks: `-1.50`"],
    ["a > 9007199254740993", "a number is written between backticks: `9007199254740993`"],
    ["a == 007", "a number is written between backticks: `7`"],
    ["{a: 1e5}", "a number is written between backticks: `1e5`"],
    ["contains([1, 2], a)", 'unexpected ","; a list of numbers is written between backticks: `[1, 2]`'],
    ["{{ a }}", 'unexpected "{"; an expression is written without "{{" and "}}", which belong in templates'],
    ["a and b", 'unexpected "and"; write "&&" instead of "and"'],
    ["not a", 'unexpected "a"; write "!" instead of "not"'],
    ["a['b']", "unexpected \"'b'\"; a field is written after a dot: .b"],
    ['a["x-y"]', 'unexpected "\\"x-y\\""; a field is written after a dot: ."x-y"'],
    ["a === b", 'unexpected "="; compare with "=="'],
    ["a b", 'unexpected "b"'],
    ["a[1.5]", 'unexpected "."'],
    ["`abc`", "the literal between backticks is not valid JSON; text is written between single quotes"],
    ["a == ‘b’", "unknown character \"‘\"; text is written between straight single quotes: 'text'"],
    ["a # b", 'unknown character "#"'],
  ])("%j: %s", (text, message) => {
    expect(messageOf(text)).toBe(message);
  });
});
