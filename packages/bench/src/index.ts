/**
 * @packageDocumentation
 *
 * The benchmark suite: asks MeshHook questions (scenarios) under load and faults, and answers with figures, an audit and a verdict.
 *
 * It never imports what it measures. It gets a running system through `SystemLauncher` and then only speaks HTTP to it, reads
 * Postgres' own statistics and tables, and reads `/proc`.
 *
 * Invariants:
 * 1. A run that lost, doubled or reordered work has no throughput.
 * 2. Latency counts from the intended send; what could not be sent is counted.
 * 3. Every result says whether the generator could back it.
 * 4. Load goes to loopback only, unless a target is named; it is bounded in time and count, and ends with the benchmark.
 * 5. The benchmark's own work is not billed to the system: own processes, own database role.
 *
 * May import `@meshhook/contract`. Start reading at `suite/suite.ts`, then `suite/run-scenario.ts` and `scenario/catalogue.ts`.
 */
export { BenchBroken } from "./suite/broken.ts";
export { BenchInterrupted, runSuite } from "./suite/suite.ts";
export type { BenchOptions, Progress, ProgressListener } from "./suite/options.ts";
export { DriverUnavailable, openDriver } from "./drivers/open.ts";
export type { DriverName, LoadDriver } from "./drivers/driver.ts";
export { exportRefusal, exportScenario } from "./export/scenario-files.ts";
export type { ExportedScenario, ExportTool } from "./export/scenario-files.ts";
export { checkSources, startReadings } from "./metrics/external.ts";
export type { ExternalReadings, ExternalSources } from "./metrics/external.ts";
export { ReadingFailed } from "./metrics/http.ts";
export type { Endpoint } from "./metrics/http.ts";
export { DEFAULT_QUERIES, readQueries } from "./metrics/queries.ts";
export { supabaseEndpoint } from "./metrics/supabase.ts";
export { runRemoteSuite } from "./remote/remote-suite.ts";
export type { RemoteSuiteOptions } from "./remote/remote-suite.ts";
export { RemoteRefused } from "./remote/remote-target.ts";
export { catalogue } from "./scenario/catalogue.ts";
export { mistakesText } from "./scenario/read.ts";
export type { FileMistake, Override } from "./scenario/read.ts";
export { selectScenarios } from "./scenario/selection.ts";
export type { Selection, SelectionRequest } from "./scenario/selection.ts";
export { explainScenario, scenarioParts, suitesOf } from "./scenario/explain.ts";
export { expectedMs } from "./scenario/length.ts";
export { scenarioFileSchema } from "./scenario/file.ts";
export type { Scenario, Threshold } from "./scenario/scenario.ts";
export type { LaunchedDatabase, LaunchedMeshHook, MeshHookStart, SystemLauncher } from "./system/launcher.ts";
export type { BenchResult, Finding } from "./result/result.ts";
export { abMarkdown, abText } from "./ab/ab-text.ts";
export { abResultSchema, validateAbResult } from "./ab/ab-result.ts";
export type { AbResult, AbSideResult, AbVerdict } from "./ab/ab-result.ts";
export type { AbConfiguration, AbSide } from "./ab/configuration.ts";
export { runAb, SideNotStarted } from "./ab/run-ab.ts";
export type { AbOptions } from "./ab/run-ab.ts";
export { parseComparableResult } from "./compare/comparable-result.ts";
export type { ComparableResult, ComparableScenario } from "./compare/comparable-result.ts";
export { compareResults } from "./compare/compare-results.ts";
export type {
  ComparedSide,
  ComparisonReport,
  ComparisonVerdict,
  FigureComparison,
  ScenarioComparison,
} from "./compare/comparison-report.ts";
export { comparisonHtml } from "./compare/comparison-html.ts";
export { comparisonMarkdown, comparisonText } from "./compare/comparison-text.ts";
export { gateJunit } from "./compare/gate-junit.ts";
export { gateMarkdown, gateText } from "./compare/gate-text.ts";
export { judgeGate } from "./compare/gate.ts";
export type { GateCheck, GateReport, GateScenario } from "./compare/gate.ts";
export { historyEntry, historyFileName, parseHistoryEntry } from "./compare/history.ts";
export type { HistoryEntry } from "./compare/history.ts";
export { UnlikeResults } from "./compare/likeness.ts";
export { findTrends } from "./compare/trend.ts";
export type { TrendChange, TrendPoint, TrendReport, TrendSeries } from "./compare/trend.ts";
export { trendMarkdown, trendText } from "./compare/trend-text.ts";
export { PEERS } from "./peers/catalogue.ts";
export { formatPeers, renderPeersMarkdown } from "./peers/report.ts";
export type { PeersResult } from "./peers/result.ts";
export { runPeers } from "./peers/run-peers.ts";
export { peersResultIssues, peersResultSchema } from "./peers/schema.ts";
export { findBottlenecks } from "./finding/findings.ts";
export { ruleCatalogue } from "./finding/catalogue.ts";
export type { RuleDescription } from "./finding/catalogue.ts";
export { optimizationGuide } from "./retest/guide.ts";
export { judgeRetest } from "./retest/judge-retest.ts";
export type { JudgedRetest } from "./retest/judge-retest.ts";
export { rankRecommendations, recommendationsMarkdown, recommendationsText } from "./retest/recommend.ts";
export type { Recommendation } from "./retest/recommend.ts";
export { readRetestFolder, readRetests, writeRetest } from "./retest/retest-files.ts";
export { retestSchema } from "./result/retest.ts";
export type { Retest } from "./result/retest.ts";
export { formatSummary } from "./report/terminal-summary.ts";
export type { SummaryOptions } from "./report/terminal-summary.ts";
export { writeReports } from "./report/write-reports.ts";
export type { ReportFiles } from "./report/write-reports.ts";
export { renderResultReference, renderResultSchema } from "./result/publish-schema.ts";
export { validateResult } from "./result/validate.ts";
export type { ResultIssue } from "./result/validate.ts";
