import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openMetricsText } from "../export/open-metrics.ts";
import type { BenchResult } from "../result/result.ts";
import { validateResult } from "../result/validate.ts";
import { figuresCsv, seriesCsv } from "./figures-csv.ts";
import { renderHtmlReport } from "./html-report.ts";
import { renderJunitReport } from "./junit-report.ts";
import { renderMarkdownReport } from "./markdown-report.ts";
import type { RetestOutcome } from "./section/findings.ts";

/** Where the reports of a result are. */
export interface ReportFiles {
  readonly html: string;
  readonly markdown: string;
  readonly json: string;
  readonly junit: string;
  /** OpenMetrics. */
  readonly metrics: string;
}

/**
 * Writes `report.html`, `report.md`, `junit.xml`, `result.json`, `metrics.txt`, `figures.csv` and `series.csv` into a folder, which is
 * created when missing; older ones are replaced.
 *
 * The result is checked against its schema first, so that nothing is written which a reader could not rely on.
 *
 * @param retests  Of the result's recommendations; the page shows the latest of each.
 * @throws Error  when the result is not valid, with every issue and its path.
 */
export async function writeReports(
  result: BenchResult,
  outDir: string,
  retests: readonly RetestOutcome[] = [],
): Promise<ReportFiles> {
  const checked = validateResult(result);
  if ("issues" in checked) {
    const list = checked.issues.map(({ path, message }) => `  ${path === "" ? "/" : path} ${message}`).join("\n");
    throw new Error(`result ${result.id} does not match result.schema.json, so no report was written:\n${list}`);
  }
  await mkdir(outDir, { recursive: true });
  const files = {
    html: join(outDir, "report.html"),
    markdown: join(outDir, "report.md"),
    json: join(outDir, "result.json"),
    junit: join(outDir, "junit.xml"),
    metrics: join(outDir, "metrics.txt"),
  };
  await Promise.all([
    writeFile(files.json, `${JSON.stringify(result, null, 2)}\n`),
    writeFile(files.html, renderHtmlReport(result, retests)),
    writeFile(files.metrics, openMetricsText(result)),
    writeFile(files.markdown, renderMarkdownReport(result)),
    writeFile(files.junit, renderJunitReport(result)),
    writeFile(join(outDir, "figures.csv"), figuresCsv(result.scenarios)),
    writeFile(join(outDir, "series.csv"), seriesCsv(result.scenarios)),
  ]);
  return files;
}
