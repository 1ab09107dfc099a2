import { compareResults, comparisonMarkdown, comparisonText, UnlikeResults } from "@meshhook/bench";
import type { ComparisonReport } from "@meshhook/bench";

import { readResults } from "../../bench/read-results.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
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
  const sides = await Promise.all([readResults(baseline), readResults(candidate)]);
  const report = compareSides(...sides);
  output.line(FORMATS[format](report));
  return EXITS[report.verdict];
}

function compareSides(...sides: Parameters<typeof compareResults>): ComparisonReport {
  try {
    return compareResults(...sides);
  } catch (error) {
    if (error instanceof UnlikeResults) throw new CommandError("badInput", error.message, { cause: error });
    throw error;
  }
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
