import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const PAGE = resolve(import.meta.dirname, "../../../docs/performance/planted-faults.md");

/** Every test that the page names, with its file. */
function namedTests(): readonly { readonly title: string; readonly file: string }[] {
  return [...readFileSync(PAGE, "utf8").matchAll(/\[([^\]]+)\]\(([^)]+\.test\.ts)\)/g)].map(
    ([, title = "", path = ""]) => ({ title, file: resolve(PAGE, "..", path) }),
  );
}

test("every planted fault and every defect of the page has its test, under the title that the page gives", () => {
  const named = namedTests();
  const rows = readFileSync(PAGE, "utf8")
    .split("\n")
    .filter((line) => /^\| [^-]/.test(line) && !/^\| (Fault|Defect) /.test(line));
  // As many as were examined: 26 faults and 12 defects.
  expect(rows).toHaveLength(26 + 12);
  expect(named).toHaveLength(rows.length);
  expect(named.filter(({ title, file }) => !readFileSync(file, "utf8").includes(`"${title}"`))).toEqual([]);
});
