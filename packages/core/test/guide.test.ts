import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expressionFunctions, scopeNames, type WorkflowDefinition } from "../src/index.ts";

const guide = readFileSync(new URL("../../../docs/guide/expressions.md", import.meta.url), "utf8");

/** The rows of the table below a header cell, without padding. */
function rowsBelow(header: string): string[][] {
  const lines = guide.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${header} `));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|")),
  );
}

describe("the guide to expressions", () => {
  it("has every function, as it describes itself", () => {
    const functions = expressionFunctions().map(({ signature, description }) => [`\`${signature}\``, description]);
    expect(rowsBelow("Function")).toEqual(functions);
  });

  it("has every name of the scope", () => {
    const step = { type: "transform@1", config: { expression: "item" } };
    const body = { nodes: { a: step }, edges: [] };
    const definition: WorkflowDefinition = {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "s",
      nodes: {
        "<id>": { type: "webhook@1", config: {} },
        "<loop>": { type: "loop@1", config: { items: "input", body } },
      },
      edges: [{ from: "<id>", to: "<loop>" }],
    };
    const names = scopeNames(definition, "a");
    expect(rowsBelow("Name").map(([name]) => name)).toEqual(names.map(({ name }) => `\`${name}\``));
  });
});
