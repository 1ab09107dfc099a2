import { describe, expect, test } from "vitest";

import { renameNodes, renameNodesInTemplate } from "./rename-nodes.ts";

const RENAMED = new Map([
  ["total", "total_2"],
  ["send", "send_2"],
]);

describe("nodes with new ids", () => {
  test.each([
    ["nodes.total.output", "nodes.total_2.output"],
    ["nodes.total_3.output", "nodes.total_3.output"],
    [
      "sum([nodes.total.output, nodes.send.output.body.total])",
      "sum([nodes.total_2.output, nodes.send_2.output.body.total])",
    ],
    ['nodes."total".output', "nodes.total_2.output"],
    ["@.nodes.total.output", "@.nodes.total_2.output"],
    ["$.nodes.total.output", "$.nodes.total_2.output"],
    ["nodes . total . output", "nodes . total_2 . output"],
    // Text refers to nothing.
    ["join(' ', ['nodes.total', nodes.total.output])", "join(' ', ['nodes.total', nodes.total_2.output])"],
    ['[`"nodes.total"`, nodes.total.output]', '[`"nodes.total"`, nodes.total_2.output]'],
    ["'nodes.total'", "'nodes.total'"],
    // The same names elsewhere are other things.
    ["input.nodes.total", "input.nodes.total"],
    ["input.a | nodes.total", "input.a | nodes.total"],
    ["[input.nodes.total, nodes.total.output]", "[input.nodes.total, nodes.total_2.output]"],
    // What cannot be read, or is ambiguous, stays.
    ["nodes.total.", "nodes.total."],
    ["nodes.{a: total}", "nodes.{a: total}"],
  ])("%s becomes %s", (text, expected) => expect(renameNodes(text, RENAMED)).toBe(expected));

  test("are renamed only in the holes of a template", () => {
    expect(renameNodesInTemplate("nodes.total: {{ nodes.total.output }}, {{ 'nodes.total' }}", RENAMED)).toBe(
      "nodes.total: {{ nodes.total_2.output }}, {{ 'nodes.total' }}",
    );
    expect(
      renameNodesInTemplate(
        "{{#each nodes.total.output as nodes_total}}{{#if nodes.send.output}}{{/if}}{{else}}{{/each}}",
        RENAMED,
      ),
    ).toBe("{{#each nodes.total_2.output as nodes_total}}{{#if nodes.send_2.output}}{{/if}}{{else}}{{/each}}");
    expect(renameNodesInTemplate("nodes.total {{ nodes.", RENAMED)).toBe("nodes.total {{ nodes.");
  });
});
