import { describe, expect, it } from "vitest";
import { parseBlocks } from "./block-template.ts";
import { takeSpentUnits } from "./budget.ts";
import { ExpressionError, ExpressionSyntaxError } from "./expression-error.ts";
import type { Scope } from "./index.ts";
import { renderBlocks } from "./render-blocks.ts";

function render(text: string, input: Scope = {}): string {
  return renderBlocks(parseBlocks(text), { input, now: "N" }, (filled) => `<${filled}>`);
}

describe("a text with blocks", () => {
  it.each<[text: string, input: Scope, result: string]>([
    ["a {{ input.b }} c", { b: 1 }, "a <1> c"],
    ["{{#if input.b}}yes{{/if}}.", { b: [] }, "."],
    ["{{#if input.b}}yes{{else}}no{{/if}}", { b: "" }, "no"],
    ["{{#each input.b}}{{ index }}={{ item }};{{/each}}", { b: ["x", "y"] }, "<0>=<x>;<1>=<y>;"],
    ["{{#each input.b}}x{{else}}none{{/each}}", { b: [] }, "none"],
    [
      "{{#each input.b as row}}{{#each row as cell}}{{ cell }}{{ row[0] }}{{ now }}{{/each}}{{/each}}",
      { b: [[1, 2]] },
      "<1><1><N><2><1><N>",
    ],
    ["{{#each input.b[?n > `1`] as row}}{{ row.n }}{{/each}}", { b: [{ n: 1 }, { n: 2 }] }, "<2>"],
    ["{{ '{{#if x}}' }}", {}, "<{{#if x}}>"],
    ["  {{#if input.b}}  \n  line\n  {{/if}}\r\nend", { b: 1 }, "  line\nend"],
    ["{{#if input.b}} same line {{/if}}\n", { b: 1 }, " same line \n"],
    ["x {{#if input.b}}\ny\n{{/if}}", { b: 1 }, "x \ny\n"],
  ])("%s", (text, input, result) => {
    expect(render(text, input)).toBe(result);
  });

  it.each<[text: string, offset: number, message: RegExp]>([
    ["ab {{#if x}}c", 5, /\{\{#if\}\} is never closed/],
    ["{{/if}}", 2, /closes no block/],
    ["{{else}}", 2, /closes no block/],
    ["{{#if x}}{{/each}}", 11, /comes before \{\{\/if\}\}/],
    ["{{#if x}}{{else}}{{else}}{{/if}}", 19, /second \{\{else\}\}/],
    ["{{#unless x}}{{/unless}}", 2, /not a block/],
    ["{{#each x as input}}{{/each}}", 2, /cannot be called "input"/],
    ["{{#if a b}}{{/if}}", 8, /./],
    ["{{#if x}}".repeat(9) + "{{/if}}".repeat(9), 74, /deeper than 8/],
  ])("refuses %s", (text, offset, message) => {
    expect(() => parseBlocks(text)).toThrow(message);
    try {
      parseBlocks(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionSyntaxError);
      expect((error as ExpressionSyntaxError).offset).toBe(offset);
    }
  });

  it("names the list that is not one, and the hole without a value", () => {
    expect(() => render("{{#each input.b}}{{/each}}", { b: "x" })).toThrow(/\{\{#each input.b\}\} is a string/);
    expect(() => render("{{ input.b }}")).toThrow(/\{\{ input.b \}\} has no value/);
  });

  it("reads each expression with the names that its blocks add", () => {
    const seen: (readonly [string, readonly string[]])[] = [];
    parseBlocks("{{#each a as x}}{{ b }}{{#each c}}{{ d }}{{else}}{{ e }}{{/each}}{{/each}}{{ f }}", (text, locals) => {
      seen.push([text.trim(), locals]);
      return { text, program: { run: () => null, weight: 1, selectsOnly: true } };
    });
    expect(seen).toEqual([
      ["a", []],
      ["b", ["x", "index"]],
      ["c", ["x", "index"]],
      ["d", ["x", "index", "item", "index"]],
      ["e", ["x", "index"]],
      ["f", []],
    ]);
  });

  it("is paid for: a list of lists cannot go on for ever, and a text cannot grow without limit", () => {
    const list = Array.from({ length: 1_000 }, () => "x");
    const parts = parseBlocks("{{#each input}}{{#each input}}{{#each input}}-{{/each}}{{/each}}{{/each}}");
    takeSpentUnits(100_000);
    expect(() => renderBlocks(parts, { input: list }, (text) => text)).toThrow(ExpressionError);
    takeSpentUnits();
    const long = parseBlocks("{{#each input}}{{ @.input[0] }}{{/each}}");
    expect(() =>
      renderBlocks(long, { input: Array.from({ length: 20 }, () => "y".repeat(100_000)) }, (text) => text),
    ).toThrow(/more than 1048576 characters/);
  });
});
