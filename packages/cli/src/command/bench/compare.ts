import { comparisonMarkdown, comparisonText } from "@meshhook/bench";
import type { ComparisonReport } from "@meshhook/bench";

import { compareSides } from "../../bench/compare-sides.ts";
import { readResults } from "../../bench/read-results.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { writeComparison } from "./report.ts";

/** How `bench compare` and `bench trend` print. */
export type ReportFormat = "table" | "json" | "markdown";

export interface CompareRequest {
  /** Report or folder of reports of each version. */
  readonly baseline: string;
  readonly candidate: string;
  readonly format: ReportFormat;
  /** File for the comparison as a page; null for none. */
  readonly html: string | null;
}

/** Compares the results of two versions, prints the comparison, and ends with what it says. */
export async function compareReports(request: CompareRequest, output: Output): Promise<ExitName> {
  const report = compareSides(await readResults(request.baseline), await readResults(request.candidate));
  output.line(FORMATS[request.format](report));
  // Standard output is the comparison alone, for whatever reads it.
  if (request.html !== null) await writeComparison(report, request.html);
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
