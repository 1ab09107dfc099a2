import { describe, expect, it } from "vitest";

import { completionsAt, type Completion } from "./completion.ts";

const KNOWN: readonly Completion[] = [
  { name: "input", kind: "name", detail: "" },
  { name: "input.lines[].sku", kind: "name", detail: "" },
  { name: "nodes.totals.output", kind: "name", detail: "" },
  { name: "sum", kind: "function", detail: "sum(array[number])" },
];
const at = (text: string, isTemplate = false) => {
  const place = completionsAt(text, KNOWN, isTemplate);
  return place === null ? null : [place.from, place.options.map(({ name }) => name)];
};

describe("completionsAt", () => {
  it("offers everything at the start of a word", () => {
    expect(at("")).toEqual([0, ["input", "input.lines[].sku", "nodes.totals.output", "sum"]]);
    expect(at("a && in")).toEqual([5, ["input", "input.lines[].sku", "nodes.totals.output", "sum"]]);
  });

  it("offers the members below a path", () => {
    expect(at("sum(input.l")).toEqual([4, ["input.lines[].sku"]]);
    expect(at("nodes.")).toEqual([0, ["nodes.totals.output"]]);
    expect(at("input.nothing.")).toBeNull();
  });

  it("keeps out of texts and literals", () => {
    expect(at("'in")).toBeNull();
    expect(at("`[1")).toBeNull();
    expect(at(String.raw`'it\'s in`)).toBeNull();
    expect(at("'a' == in")?.[0]).toBe(7);
  });

  it("works only between the braces of a template", () => {
    expect(at("Hello {{ in", true)).toEqual([9, ["input", "input.lines[].sku", "nodes.totals.output", "sum"]]);
    expect(at("Hello in", true)).toBeNull();
    expect(at("{{ a }} in", true)).toBeNull();
  });
});
