import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { parseJsonInput } from "../json-input.ts";
import { ExpressionError, ExpressionSyntaxError } from "./expression-error.ts";
import { useSemantics } from "./semantics.ts";
import { parseTemplate, renderTemplate } from "./template.ts";

const SCOPE = parseJsonInput('{"input":{"id":7,"name":"a b/ü","ok":true,"list":[1,"x"],"half":"\\ud83d"}}') as {
  [key: string]: Json;
};

describe("renderTemplate", () => {
  it.each([
    ["plain", "plain"],
    ["", ""],
    ["id {{ input.id }}", "id 7"],
    ["{{input.name}}", "a b/ü"],
    ["{{ input.ok }}{{ input.list }}", 'true[1,"x"]'],
    ["{{ {a: {b: input.id}} }}", '{"a":{"b":7}}'],
    ["{{ '}}' }}", "}}"],
    ["{{ '{{' }} literal", "{{ literal"],
    ["}} and { }", "}} and { }"],
    ["{{ input.missing || 'none' }}", "none"],
    ["{{ input.half }}", "\ud83d"],
  ])("%j", (text, expected) => {
    expect(renderTemplate(parseTemplate(text), SCOPE)).toBe(expected);
  });

  it("encodes holes and nothing else", () => {
    expect(renderTemplate(parseTemplate("https://x/a b/{{ input.name }}"), SCOPE, encodeURIComponent)).toBe(
      "https://x/a b/a%20b%2F%C3%BC",
    );
  });

  it("replaces half a surrogate pair in a run with the first semantics, as before", () => {
    useSemantics(1);
    expect(renderTemplate(parseTemplate("{{ input.half }}"), SCOPE, encodeURIComponent)).toBe("%EF%BF%BD");
    useSemantics(Number.POSITIVE_INFINITY);
  });

  it("refuses a hole without a value and says how to allow it", () => {
    expect(() => renderTemplate(parseTemplate("/users/{{ input.missing }}"), SCOPE)).toThrow(
      new ExpressionError(
        "expression_failed",
        "The hole {{ input.missing }} has no value (null); give a default as in {{ input.missing || 'none' }}",
      ),
    );
  });
});

describe("parseTemplate", () => {
  it.each([
    ["a {{ b", 4],
    ["{{ }}", 2],
    ["ab {{ x y }}", 8],
    ["{{ a }} {{ nope(b) }}", 11],
    ["{{ [a }}", 6],
  ])("%j is refused with its place in the template", (text, offset) => {
    try {
      parseTemplate(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionSyntaxError);
      expect((error as ExpressionSyntaxError).offset).toBe(offset);
    }
  });
});
