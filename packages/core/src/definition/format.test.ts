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
  it.each(["order-gate/workflow.json", "github-issue-to-crm/workflow.json", "delayed-follow-up/workflow.yaml"])(
    "writes %s so that it reads back, keys in their order",
    (path) => {
      const definition = example(path);
      for (const format of FORMATS) {
        const again = readBack(formatDefinition(definition, format), format);
        expect(JSON.stringify(again)).toBe(JSON.stringify(definition));
      }
    },
  );

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
