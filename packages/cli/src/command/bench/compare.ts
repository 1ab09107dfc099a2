import { comparisonMarkdown, comparisonText } from "@meshhook/bench";
import type { ComparisonReport } from "@meshhook/bench";

import { compareSides } from "../../bench/compare-sides.ts";
import { readResults } from "../../bench/read-results.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";

/** How `bench compare` and `bench trend` print. */
export type ReportFormat = "table" | "json" | "markdown";

/** Compares the results of two versions, prints the comparison, and ends with what it says. */
export async function compareReports(
  baseline: string,
  candidate: string,
  format: ReportFormat,
  output: Output,
): Promise<ExitName> {
  const report = compareSides(await readResults(baseline), await readResults(candidate));
  output.line(FORMATS[format](report));
  return EXITS[report.verdict];
}

const FORMATS: { readonly [Format in ReportFormat]: (report: ComparisonReport) => string } = {
  table: comparisonText,
  markdown: comparisonMarkdown,
  json: (report) => JSON.stringify(report, null, 2),
};

const EXITS = {
  better: "ok",
  same: "ok",
  worse: "notMet",
  inconclusive: "inconclusive",
} as const satisfies { readonly [Verdict in ComparisonReport["verdict"]]: ExitName };
