import { expect, test } from "vitest";

import { parseDefinition, parseExpression, validateDefinition } from "../../packages/core/src/index.ts";
import { repositoryFiles, textOf } from "./tree.ts";

const documents = repositoryFiles().filter((path) => path.endsWith(".md"));

test("every workflow that a document shows is valid", () => {
  const shown = documents.flatMap((path) =>
    [...textOf(path).matchAll(/^```(json|yaml)\n([^]*?)^```/gm)]
      .filter(([, , text]) => text?.includes("meshhook/v1"))
      .map(([, format, text]) => ({
        path,
        format: format === "json" ? ("json" as const) : ("yaml" as const),
        text: text ?? "",
      })),
  );
  expect(shown.length).toBeGreaterThan(0);
  const issues = shown.flatMap(({ path, format, text }) => {
    const parsed = parseDefinition(text, format);
    const checked = "issues" in parsed ? parsed : validateDefinition(parsed.definition);
    return "issues" in checked ? checked.issues.map((issue) => `${path}: ${issue.path} ${issue.message}`) : [];
  });
  expect(issues).toEqual([]);
});

test("every expression in the guide's table of examples can be read", () => {
  const table = textOf("docs/guide/expressions.md").split("## Examples")[1]?.split("\n## ")[0] ?? "";
  const expressions = [...table.matchAll(/^\| (`+) ?(.+?) ?\1 +\|/gm)].map((match) =>
    (match[2] ?? "").replaceAll("\\|", "|"),
  );
  expect(expressions.length).toBeGreaterThan(8);
  for (const expression of expressions) expect(() => parseExpression(expression), expression).not.toThrow();
});

test("every row of a table has as many cells as its head", () => {
  const uneven = documents.flatMap((path) => {
    let wanted: number | null = null;
    return textOf(path)
      .replaceAll(/^```[^]*?^```/gm, (block) => block.replaceAll(/[^\n]/g, ""))
      .split("\n")
      .flatMap((line, index) => {
        if (!line.startsWith("|")) {
          wanted = null;
          return [];
        }
        const cells = line.split(/(?<!\\)\|/).length;
        wanted ??= cells;
        return cells === wanted ? [] : [`${path}:${index + 1} has a bar inside a cell: ${line}`];
      });
  });
  expect(uneven).toEqual([]);
});

test("a requirement on performance is ticked with a link to what shows it, or says what is missing", () => {
  const rows = textOf("docs/performance/README.md")
    .split("\n")
    .filter((line) => /^\| [✅⬜]/u.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  // One for each requirement and each box of the document that asked for the benchmark.
  expect(rows).toHaveLength(40);
  for (const [, mark, requirement = "", shown = ""] of rows) {
    expect(requirement.length, requirement).toBeGreaterThan(10);
    if (mark === "✅") expect(shown, requirement).toMatch(/\]\([^)]+\)|`MESHHOOK_BENCH_/);
    else expect(shown, requirement).toMatch(/\b(not|no|missing|none)\b/i);
  }
});

test("every test that the list of threats names is there", () => {
  const named = [...textOf("docs/security.md").matchAll(/\]\(\.\.\/([^)]+\.test\.ts)\) “([^”]+)”/g)];
  expect(named.length).toBeGreaterThan(30);
  const missing = named.flatMap(([, path = "", title = ""]) =>
    textOf(path).replaceAll("\\", "").includes(title) ? [] : [`${path}: ${title}`],
  );
  expect(missing).toEqual([]);
  // Each threat of the table is tried by something.
  const rows = (textOf("docs/security.md").split("## Bad input")[0] ?? "").match(/^\| (?!Threat|-)[^|]+\|/gm) ?? [];
  expect(named).toHaveLength(rows.length);
});
