import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { parseJsonInput } from "../json-input.ts";
import { EXPRESSION_LIMITS, takeSpentUnits } from "./budget.ts";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./parse.ts";
import { parseTemplate, renderTemplate } from "./template.ts";
import { parseValueTemplate, resolveValue } from "./value-template.ts";

function scopeOf(input: Json): { readonly [name: string]: Json } {
  return parseJsonInput(JSON.stringify({ input })) as { readonly [name: string]: Json };
}

/** The units that an action takes. */
function unitsOf(action: () => unknown): number {
  takeSpentUnits();
  action();
  return takeSpentUnits();
}

it("counts what evaluations take, and restarts when read", () => {
  const scope = scopeOf([3, 1, 2]);
  const sort = parseExpression("sort(input)");
  const once = unitsOf(() => evaluate(sort, scope));
  expect(once).toBeGreaterThan(0);
  expect(
    unitsOf(() => {
      evaluate(sort, scope);
      evaluate(sort, scope);
    }),
  ).toBe(2 * once);
  expect(takeSpentUnits()).toBe(0);
});

it("counts what an evaluation that exceeded its budget took, but not what was refused", () => {
  const scope = scopeOf(Array.from({ length: 300 }, (_, index) => index));
  const product = parseExpression("let $l = input in $l[*].[$l[*].[$l[*].[@]]]");
  const units = unitsOf(() => expect(() => evaluate(product, scope)).toThrow("units of work"));
  expect(units).toBeGreaterThan(EXPRESSION_LIMITS.fuel / 2);
  expect(units).toBeLessThanOrEqual(EXPRESSION_LIMITS.fuel);
});

it("counts the texts of templates and the size of values", () => {
  const text = parseTemplate("{{ input }}");
  const value = parseValueTemplate({ a: [{ $jmes: "input" }] });
  const [short, long] = [scopeOf("x"), scopeOf("x".repeat(16_000))];
  expect(unitsOf(() => renderTemplate(text, long)) - unitsOf(() => renderTemplate(text, short))).toBeGreaterThanOrEqual(
    1_000,
  );
  expect(
    unitsOf(() => renderTemplate(text, long, encodeURIComponent)) - unitsOf(() => renderTemplate(text, long)),
  ).toBeGreaterThanOrEqual(1_000);
  const [few, many] = [scopeOf([1]), scopeOf(Array.from({ length: 5_000 }, () => 1))];
  expect(unitsOf(() => resolveValue(value, many)) - unitsOf(() => resolveValue(value, few))).toBeGreaterThanOrEqual(
    4_999,
  );
});

it("interrupts an evaluation when the remaining units are spent", () => {
  const scope = scopeOf(Array.from({ length: 5_000 }, () => 1));
  takeSpentUnits(1_000);
  expect(() => evaluate(parseExpression("sum(input)"), scope)).toThrow("1000 units of work that are left");
  expect(takeSpentUnits()).toBeLessThanOrEqual(1_000);
  expect(evaluate(parseExpression("sum(input)"), scope)).toBe(5_000);
});

describe("work that is cheap for one expression", () => {
  const scope = scopeOf({
    list: Array.from({ length: 10_000 }, (_, index) => index),
    members: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, index])),
    text: "a".repeat(1_000_000),
    same: "a".repeat(1_000_000),
    few: Array.from({ length: 500 }, (_, index) => index),
    begun: `ab${"a".repeat(500_000)}`,
    nearly: `${"a".repeat(500_000)}b`,
  });

  it.each([
    ["input.list[?$.input.members] | length(@)", 10_000],
    ["find_last(input.text, input.nearly)", null],
    ["contains(input.text, input.begun)", false],
  ])("%s ends soon", (text, value) => {
    expect(evaluate(parseExpression(text), scope)).toBe(value);
  });

  it.each([
    ["map(&($.input.text == $.input.same), input.few)", 500 * 1_900],
    ["map(&starts_with($.input.text, $.input.same), input.few)", 500 * 1_900],
    ["map(&ends_with($.input.text, $.input.same), input.few)", 500 * 1_900],
    ["map(&to_number($.input.text), input.few)", 500 * 62_000],
    ["find_last(input.text, input.nearly)", 500_000],
    // Whole numbers of 300 digits each.
    ["sum(map(&(@ + `1e300`), input.few))", 2 * 500 * 40],
  ])("%s is counted", (text, units) => {
    expect(unitsOf(() => evaluate(parseExpression(text), scope))).toBeGreaterThan(units);
  });
});
