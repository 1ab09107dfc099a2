import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { comparisonHtml, comparisonText, readRetests, validateResult, writeReports } from "@meshhook/bench";
import type { BenchResult, ComparisonReport } from "@meshhook/bench";

import { compareSides } from "../../bench/compare-sides.ts";
import { readJsonFile, readResults } from "../../bench/read-results.ts";
import { CommandError } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";

const ISSUES_SHOWN = 5;

/**
 * Writes the pages of a report again from its `result.json`, as after a newer version of the benchmark.
 *
 * @param against  A report or folder of reports to compare with; `comparison.html` is written as well. Null for none.
 * @throws CommandError  badInput, when the folder has no valid result, or when the two cannot be compared.
 */
export async function writeReportAgain(folder: string, against: string | null, output: Output): Promise<void> {
  const result = await readWholeResult(join(folder, "result.json"));
  const files = await writeReports(result, folder, await readRetests(folder));
  output.line(`Written: ${files.html}, ${files.markdown}, ${files.junit}`);
  if (against === null) return;
  const comparison = compareSides(await readResults(against), await readResults(folder));
  const page = join(folder, "comparison.html");
  await writeComparison(comparison, page);
  output.line(`Written: ${page}`);
  output.line(comparisonText(comparison));
}

/** Writes a comparison as a page. */
export async function writeComparison(comparison: ComparisonReport, file: string): Promise<void> {
  try {
    await writeFile(file, comparisonHtml(comparison));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      "badInput",
      `The comparison cannot be written to ${file}: ${why}. Name a file in a folder that exists and can be written to.`,
      { cause: error },
    );
  }
}

/** Unlike for a comparison, every part of the result is needed. */
async function readWholeResult(file: string): Promise<BenchResult> {
  const document = await readJsonFile(file);
  if ("mistake" in document)
    throw new CommandError(
      "badInput",
      `${document.mistake}\nName the folder of a report, as \`meshhook bench --out\` was given it.`,
    );
  const checked = validateResult(document.value);
  if ("result" in checked) return checked.result;
  const shown = checked.issues.slice(0, ISSUES_SHOWN).map(({ path, message }) => `  ${path || "/"} ${message}`);
  const more = checked.issues.length - shown.length;
  throw new CommandError(
    "badInput",
    [
      `${file}: This is not a result that this version of the benchmark can show:`,
      ...shown,
      ...(more > 0 ? [`  and ${String(more)} more`] : []),
    ].join("\n"),
  );
}
