import { gateJunit, gateMarkdown, gateText, judgeGate } from "@meshhook/bench";
import type { GateReport } from "@meshhook/bench";

import { compareSides } from "../../bench/compare-sides.ts";
import { readResults } from "../../bench/read-results.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import type { ReportFormat } from "./compare.ts";

export interface GateRequest {
  /** Report or folder of reports of the change. */
  readonly candidate: string;
  /** The same of what it is compared with; null to judge the change by itself. */
  readonly baseline: string | null;
  readonly format: ReportFormat | "junit";
  /** Whether what is inconclusive stops the change as well. */
  readonly isStrict: boolean;
}

/** Says whether a change may go in, for a build server: the exit code is 0 unless something stops it. */
export async function gateChange(request: GateRequest, output: Output): Promise<ExitName> {
  const candidate = await readResults(request.candidate);
  const baseline = request.baseline === null ? null : await readResults(request.baseline);
  const report = judgeGate(candidate, baseline === null ? null : compareSides(baseline, candidate));
  output.line(FORMATS[request.format](report));
  if (report.verdict === "inconclusive") return request.isStrict ? "inconclusive" : "ok";
  return EXITS[report.verdict];
}

const FORMATS: { readonly [Format in GateRequest["format"]]: (report: GateReport) => string } = {
  table: gateText,
  markdown: gateMarkdown,
  junit: gateJunit,
  json: (report) => JSON.stringify(report, null, 2),
};

const EXITS = { passed: "ok", failed: "notMet", void: "void" } as const;
