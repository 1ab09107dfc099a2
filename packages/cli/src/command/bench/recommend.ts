import { findBottlenecks, rankRecommendations, recommendationsMarkdown, recommendationsText } from "@meshhook/bench";
import type { Recommendation } from "@meshhook/bench";

import { readReport } from "../../bench/read-report.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import type { ReportFormat } from "./compare.ts";

export interface RecommendRequest {
  /** A `result.json` or the folder of a report; null for the newest. */
  readonly report: string | null;
  readonly reportsDir: string;
  readonly format: ReportFormat;
}

/** Prints what a result recommends, in the order to act on it, with what was re-tested. */
export async function recommend({ report, reportsDir, format }: RecommendRequest, output: Output): Promise<ExitName> {
  const { result, retests, folder } = await readReport(report, reportsDir);
  // By the rules of this version, which may know more than the one that measured.
  const recommendations = rankRecommendations(findBottlenecks(result), retests);
  if (format === "table") output.line(`Recommendations from ${folder}\n`);
  output.line(FORMATS[format](recommendations));
  return "ok";
}

const FORMATS: { readonly [Format in ReportFormat]: (recommendations: readonly Recommendation[]) => string } = {
  table: recommendationsText,
  markdown: recommendationsMarkdown,
  json: (recommendations) => JSON.stringify(recommendations, null, 2),
};
