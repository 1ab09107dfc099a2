import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkflowDefinition } from "./definition.ts";
import { type DocumentFormat, formatDefinition } from "./format.ts";
import { parseDefinition } from "./parse.ts";

const FORMATS: readonly DocumentFormat[] = ["json", "yaml"];

function readBack(text: string, format: DocumentFormat): WorkflowDefinition {
  const result = parseDefinition(text, format);
  if ("issues" in result) throw new Error(`${JSON.stringify(result.issues)}\n${text}`);
  return result.definition;
}

function example(path: string): WorkflowDefinition {
  const text = readFileSync(new URL(`../../../../examples/${path}`, import.meta.url), "utf8");
  return readBack(text, path.endsWith(".json") ? "json" : "yaml");
}

/** Texts that YAML could take for something else. */
const trickyText = fc.oneof(
  fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
  fc
    .array(fc.constantFrom("a", " ", "\n", "\r", "\t", ":", "#", "-", "'", '"', "{{ x }}", "|", "\u0085", "\ufeff"))
    .map((parts) => parts.join("")),
  fc.constantFrom("yes", "null", "~", "1", "1e3", "0x1f", ".inf", "<<", "*a", "&a", "!b", "---", "...", "? a", "%c"),
);
const trickyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    trickyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(trickyText, tie("value"), { maxKeys: 4 }),
  ),
})).value;

const arbitraryDefinition = fc
  .record({ name: trickyText, sample: trickyJson, description: trickyText })
  .map(({ name, sample, description }): WorkflowDefinition =>
    readBack(
      JSON.stringify({
        slug: "any",
        apiVersion: "meshhook/v1",
        kind: "Workflow",
        name: name.slice(0, 100).toWellFormed(),
        description: description.slice(0, 1_000).toWellFormed(),
        input: { sample },
        nodes: {
          hook: { type: "webhook@1", config: {} },
          end: { type: "terminate@1", config: { reason: "{{ input.id }}" } },
        },
        edges: [{ to: "end", from: "hook" }],
      }),
      "json",
    ),
  );

describe("formatDefinition", () => {
  it.each([
    "order-gate/workflow.json",
    "github-issue-to-crm/workflow.json",
    "delayed-follow-up/workflow.yaml",
    "ship-lines/workflow.yaml",
    "stock-feed/workflow.yaml",
  ])("writes %s so that it reads back, keys in their order", (path) => {
    const definition = example(path);
    for (const format of FORMATS) {
      const again = readBack(formatDefinition(definition, format), format);
      expect(JSON.stringify(again)).toBe(JSON.stringify(definition));
    }
  });

  it("writes any text and any sample so that it reads back, keys in their order", () => {
    fc.assert(
      fc.property(arbitraryDefinition, fc.constantFrom(...FORMATS), (definition, format) => {
        const again = readBack(formatDefinition(definition, format), format);
        expect(JSON.stringify(again)).toBe(JSON.stringify(definition));
      }),
      { numRuns: 500 },
    );
  });

  it.each([" \n", "\n a", "a\n ", "a\n\n", "\n"])("keeps the space around lines: %j", (text) => {
    const definition: WorkflowDefinition = { ...example("order-gate/workflow.json"), description: text };
    expect(readBack(formatDefinition(definition, "yaml"), "yaml").description).toBe(text);
  });

  it("writes YAML in blocks, without anchors and without folding an expression", () => {
    const expression = `{ total: sum(input.lines[].price), ${"long: 'x', ".repeat(20)}end: \`1\` }`;
    const config = { expression };
    const text = formatDefinition(
      {
        apiVersion: "meshhook/v1",
        kind: "Workflow",
        slug: "s",
        description: "Two\nlines",
        nodes: { a: { type: "transform@1", config }, b: { type: "transform@1", config } },
        edges: [{ from: "a", port: "true", to: "b" }],
      },
      "yaml",
    );
    expect(text).toBe(`apiVersion: meshhook/v1
kind: Workflow
slug: s
description: |-
  Two
  lines
nodes:
  a:
    type: transform@1
    config:
      expression: "${expression}"
  b:
    type: transform@1
    config:
      expression: "${expression}"
edges:
  - from: a
    port: "true"
    to: b
`);
  });
});

describe("a number that no double holds", () => {
  const numbers =
    "[9007199254740993,-18446744073709551615,0.1000000000000000055,12345678901234567890.5,1e400,9007199254740992,1.5]";
  const document = `{"apiVersion":"meshhook/v1","kind":"Workflow","slug":"s","nodes":{"hook":{"type":"webhook@1","config":{}},"e":{"type":"terminate@1","config":{"output":${numbers}}}},"edges":[{"from":"hook","to":"e"}]}`;

  it.each(["json", "yaml"] as const)("keeps its digits in %s", (format) => {
    const read = parseDefinition(document, "json");
    if ("issues" in read) throw new Error(JSON.stringify(read.issues));
    const again = parseDefinition(formatDefinition(read.definition, format), format);
    if ("issues" in again) throw new Error(JSON.stringify(again.issues));
    expect(JSON.stringify(again.definition.nodes["e"]?.config)).toBe(`{"output":${numbers}}`);
  });

  it("is read from every notation of YAML", () => {
    const yaml = document.replace(
      numbers,
      "[+9007199254740993, 0009007199254740993, .10000000000000000001, 9007199254740993., 0x20000000000001, 0o400000000000000001, 1e-400]",
    );
    const read = parseDefinition(yaml, "yaml");
    if ("issues" in read) throw new Error(JSON.stringify(read.issues));
    expect(JSON.stringify(read.definition.nodes["e"]?.config)).toBe(
      '{"output":[9007199254740993,9007199254740993,0.10000000000000000001,9007199254740993,9007199254740993,9007199254740993,1e-400]}',
    );
  });

  it("is refused where a setting takes a number", () => {
    const config = '{"url":"https://x.example/","timeoutMs":1000.00000000000000000001}';
    const read = parseDefinition(
      document.replace('"terminate@1","config":{"output":' + numbers + "}", `"http_call@1","config":${config}`),
      "json",
    );
    expect("issues" in read ? read.issues.map(({ code, message }) => [code, message]) : []).toEqual([
      ["invalid_value", "1000.00000000000000000001 has too many digits for this field."],
    ]);
  });
});
