import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { parseJsonInput } from "../json-input.ts";
import { parseValueTemplate, resolveValue } from "./value-template.ts";

const SCOPE = parseJsonInput('{"input":{"id":7,"items":[1,2]}}') as { [key: string]: Json };

describe("resolveValue", () => {
  it.each<[Json, Json]>([
    [null, null],
    [5, 5],
    ["text", "text"],
    [{ $jmes: "input.items" }, [1, 2]],
    [{ $jmes: "input.missing" }, null],
    ["{{ input.id }}", "7"],
    [
      { a: [{ $jmes: "input.id" }, "n{{ input.id }}"], b: { c: true } },
      { a: [7, "n7"], b: { c: true } },
    ],
    [{ "{{ input.id }}": 1 }, { "{{ input.id }}": 1 }],
  ])("%j", (template, expected) => {
    expect(JSON.stringify(resolveValue(parseValueTemplate(template), SCOPE))).toBe(JSON.stringify(expected));
  });

  it.each<[Json]>([[{ $jmes: "input", more: 1 }], [{ $jmes: 5 }], [{ a: [{ $jmes: "(" }] }], ["{{"]])(
    "%j is refused",
    (template) => {
      expect(() => parseValueTemplate(template)).toThrow(expect.objectContaining({ name: "ExpressionSyntaxError" }));
    },
  );

  it("shares parts without holes and freezes them", () => {
    const template = parseValueTemplate({ fixed: { a: [1] }, id: { $jmes: "input.id" } });
    const [first, second] = [resolveValue(template, SCOPE), resolveValue(template, SCOPE)] as { fixed: Json }[];
    expect(first?.fixed).toBe(second?.fixed);
    expect(Object.isFrozen(first?.fixed)).toBe(true);
  });

  it("limits the value as a whole", () => {
    const scope = parseJsonInput(JSON.stringify({ input: "x".repeat(1_000_000) })) as { [key: string]: Json };
    expect(() =>
      resolveValue(parseValueTemplate([{ $jmes: "input" }, "{{ input }}", { $jmes: "input" }]), scope),
    ).toThrow(expect.objectContaining({ code: "expression_budget" }));
  });
});
