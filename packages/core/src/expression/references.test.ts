import { describe, expect, it } from "vitest";
import { parseTree } from "./parse.ts";
import { referencesOf } from "./references.ts";

describe("referencesOf", () => {
  it.each<[text: string, roots: string[], nodes: string[], usesWhole: boolean]>([
    ["input.a.b", ["input"], [], false],
    ["nodes.a.output.x == nodes.b.output", ["nodes"], ["a", "b"], false],
    ["{x: nodes.a.output.list[?k == 'v'].name, y: now}", ["nodes", "now"], ["a"], false],
    ["nodes | a.output", ["nodes"], ["a"], false],
    ["nodes.a | output", ["nodes"], ["a"], false],
    ["$.nodes.a.output", ["nodes"], ["a"], false],
    ["@.input", ["input"], [], false],
    ["let $o = nodes.a.output in $o.x", ["nodes"], ["a"], false],
    ["let $n = nodes in $n.a.output", ["nodes"], ["a"], false],
    ["input.list[*].nodes.b", ["input"], [], false],
    ["sort_by(input.list, &name)", ["input"], [], false],
    ["nodes.a.output.list[*].[name, size]", ["nodes"], ["a"], false],
    ["not_null(nodes.a.output, nodes.b.output)", ["nodes"], ["a", "b"], false],
    ["body.x", ["body"], [], false],
    ['`{"nodes":1}`.nodes', [], [], false],
    ["nodes", ["nodes"], [], true],
    ["nodes.*.output", ["nodes"], [], true],
    ["keys(nodes)", ["nodes"], [], true],
    ["@", [], [], true],
    ["to_string(@)", [], [], true],
    ["[@][0].nodes", [], [], true],
    ["input.list[?@ == $.nodes.a.output]", ["input", "nodes"], ["a"], false],
  ])("%s", (text, roots, nodes, usesWhole) => {
    const found = referencesOf(parseTree(text));
    expect({ roots: [...found.roots], nodes: [...found.nodes], usesWhole: found.usesWhole }).toEqual({
      roots,
      nodes,
      usesWhole,
    });
  });
});
