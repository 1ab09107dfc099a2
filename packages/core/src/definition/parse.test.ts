import { describe, expect, it } from "vitest";
import { parseDefinition } from "./parse.ts";

const YAML = `
apiVersion: meshhook/v1
kind: Workflow
slug: s
nodes:
  hook: { type: webhook@1, config: {} }
  map:
    type: transform@1
    config: &same { expression: "{n: input.n}" }
  again: { type: transform@1, config: *same }
edges:
  - { from: hook, to: map }
  - { from: map, to: again }
`;

function issuesOf(text: string, format: "json" | "yaml"): string[] {
  const result = parseDefinition(text, format);
  return "issues" in result ? result.issues.map(({ path, code }) => `${path} ${code}`) : [];
}

describe("parseDefinition", () => {
  it("reads YAML and JSON to the same definition", () => {
    const fromYaml = parseDefinition(YAML, "yaml");
    if ("issues" in fromYaml) throw new Error(JSON.stringify(fromYaml.issues));
    expect(parseDefinition(JSON.stringify(fromYaml.definition), "json")).toEqual(fromYaml);
    expect(fromYaml.definition.nodes["again"]?.config).toEqual({ expression: "{n: input.n}" });
  });

  it.each<[name: string, text: string, format: "json" | "yaml", issues: string[]]>([
    ["broken JSON", "{", "json", [" document_syntax"]],
    ["JSON that is too deep", "[".repeat(100) + "]".repeat(100), "json", [" document_too_large"]],
    ["JSON beyond numbers", "[1e9999999]", "json", [" document_not_json"]],
    ["a large text", " ".repeat(1_048_577), "json", [" document_too_large"]],
    ["broken YAML", "a: [1", "yaml", [" document_syntax"]],
    ["repeated keys", "a: 1\na: 2", "yaml", [" document_syntax"]],
    ["custom tags", "a: !secret x", "yaml", [" document_syntax"]],
    ["an alias without anchor", "a: *x", "yaml", [" document_syntax"]],
    ["infinity", "slug: .inf", "yaml", ["/slug document_not_json"]],
    ["two documents", "a: 1\n---\nb: 2", "yaml", [" document_syntax"]],
    ["deep nesting", "[".repeat(100) + "]".repeat(100), "yaml", ["/0/0/0 document_too_large"]],
    [
      "aliases that multiply",
      [
        "a: &a [x,x,x,x,x,x,x,x,x]",
        ..."bcdefghi"
          .split("")
          .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[index]}`).join()}]`),
      ].join("\n"),
      "yaml",
      [" document_syntax"],
    ],
  ])("refuses %s", (_name, text, format, issues) => {
    expect(issuesOf(text, format)).toEqual(issues);
  });

  it.each<[format: "json" | "yaml", text: string]>([
    ["json", `{"slug":"s","nodes":{"a":{"type":"nonsense@1"}}}`],
    ["yaml", "slug: s\nnodes:\n  a: { type: nonsense@1 }\n"],
  ])("gives what it read beside the issues of a readable %s document", (format, text) => {
    const result = parseDefinition(text, format);
    if (!("issues" in result)) throw new Error("There should be issues");
    expect(result.issues.length).toBeGreaterThan(1);
    expect(result.value).toEqual({ slug: "s", nodes: { a: { type: "nonsense@1" } } });
  });

  it.each<[format: "json" | "yaml", text: string]>([
    ["json", "{"],
    ["json", String.raw`{"name":"\ud800"}`],
    ["yaml", "a: [1"],
    ["yaml", "slug: .inf"],
    ["yaml", "a: &a [*a]"],
  ])("gives no value for text that is not a document: %s %s", (format, text) => {
    expect(parseDefinition(text, format)).toMatchObject({ value: undefined });
  });

  it("ends on nesting beyond any stack", () => {
    const issues = issuesOf("[".repeat(100_000) + "]".repeat(100_000), "yaml");
    expect(new Set(issues)).toEqual(new Set([" document_syntax"]));
  });

  it("says where YAML is broken", () => {
    expect(parseDefinition("slug: a\nx: }", "yaml")).toEqual({
      issues: [expect.objectContaining({ message: expect.stringMatching(/line 2, column \d/) })],
      value: undefined,
    });
  });

  it("does not read version 1.1: yes is a text", () => {
    const result = parseDefinition(`${YAML}name: yes\n`, "yaml");
    expect("issues" in result ? result.issues : result.definition.name).toBe("yes");
  });
});
