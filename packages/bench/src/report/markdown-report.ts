import type { BenchResult, Finding, ScenarioResult } from "../result/result.ts";
import { formatDuration, formatMs, formatNumber, formatShare, formatTime, NO_FIGURE, onOrOff } from "./format.ts";
import { escapeMarkdown as escape, inlineCode, markdownProse, markdownTable } from "./markdown.ts";
import { formatFailures, formatPercentile, shownThroughput, tellStory } from "./story.ts";

const SIGNS = { passed: "✅", failed: "❌", inconclusive: "❔", void: "⚪", interrupted: "⏹️" } as const;

/** Writes the report for a pull request: verdict, what failed, figures, findings, the command. */
export function renderMarkdownReport(result: BenchResult): string {
  const story = tellStory(result);
  const { environment } = result;
  const blocks = [
    `## ${SIGNS[result.verdict]} MeshHook benchmark: ${story.verdict.toLowerCase()}`,
    `${escape(story.next)}\n\n${escape(story.summary)}`,
    story.durabilityLabel === null ? null : `> [!WARNING]\n> ${escape(story.durabilityLabel)}`,
    story.reasons.length === 0
      ? null
      : `### What did not pass\n\n${markdownTable(
          ["Scenario", "Verdict", "Why", "Next"],
          story.reasons.map(({ scenario, reason }) => [
            escape(scenario.title),
            `${SIGNS[reason.verdict]} ${reason.verdict}`,
            markdownProse(reason.text),
            markdownProse(reason.next),
          ]),
          [],
        )}`,
    `### Scenarios\n\n${scenarioTable(result.scenarios)}`,
    ...notes(result),
    `### Findings and recommendations\n\n${findings(result.findings)}`,
    ...result.scenarios.filter((scenario) => scenario.phases.length > 0 || scenario.work !== null).map(scenarioDetails),
    `### Record\n\n${[
      `- Command: ${inlineCode(result.command)}`,
      `- Commit: ${result.commit === null ? "not in a checkout" : inlineCode(result.commit.revision) + (result.commit.isDirty ? " with uncommitted changes" : "")}, seed ${result.seed}`,
      `- Ran ${formatTime(result.startedAtMs)} for ${formatDuration(result.finishedAtMs - result.startedAtMs)}`,
      `- MeshHook ${escape(environment.meshhook)}, PostgreSQL ${escape(environment.postgres.version)}, Node ${escape(environment.node)}, ${environment.host.cores} × ${escape(environment.host.cpuModel)}`,
      `- fsync ${onOrOff(environment.fsync)}, synchronous\\_commit ${escape(environment.synchronousCommit)}`,
      ...result.deviations.map((deviation) => `- Deviation: ${escape(deviation)}`),
    ].join("\n")}`,
    "Latency counts from the intended send. Requests that were not accepted rank behind all accepted ones, so a percentile can be “no answer”. A percentile is shown only if at least ten samples lie beyond it. A scenario whose audit is not clean has no throughput.",
  ];
  return `${blocks.filter((block) => block !== null).join("\n\n")}\n`;
}

function scenarioTable(scenarios: readonly ScenarioResult[]): string {
  return markdownTable(
    [
      "Verdict",
      "Scenario",
      "Offered",
      "Completed",
      "Answer p50",
      "Answer p99",
      "End to end p99",
      "Not accepted",
      "Audit",
    ],
    scenarios.map((scenario) => {
      const throughput = shownThroughput(scenario);
      const ack = scenario.latency["ack"];
      return [
        `${SIGNS[scenario.status]} ${scenario.status}`,
        escape(scenario.title),
        scenario.load.ratePerSecond === null ? "closed" : `${formatNumber(scenario.load.ratePerSecond)}/s`,
        throughput === null ? NO_FIGURE : `${formatNumber(throughput.completedPerSecond)}/s`,
        formatPercentile(ack, "p50Ms"),
        formatPercentile(ack, "p99Ms"),
        formatPercentile(scenario.latency["done"], "p99Ms"),
        formatFailures(scenario),
        scenario.audit.isClean ? "clean" : "**not clean**",
      ];
    }),
    [2, 3, 4, 5, 6, 7],
  );
}

function notes(result: BenchResult): readonly string[] {
  return result.scenarios.flatMap((scenario) => [
    ...(scenario.audit.isClean
      ? []
      : [
          `> [!CAUTION]\n> ${escape(scenario.title)}: the audit is not clean, so it has no throughput. ${scenario.audit.details.map(escape).join("; ")}`,
        ]),
    ...(scenario.generator.isBacked
      ? []
      : [
          `> [!WARNING]\n> ${escape(scenario.title)}: the load generator could not keep up: ${scenario.generator.reasons.map(escape).join("; ")}`,
        ]),
  ]);
}

function findings(list: readonly Finding[]): string {
  if (list.length === 0) return "None.";
  return list
    .map(({ title, severity, cause, evidence, recommendation }, index) =>
      [
        `${index + 1}. **${escape(title)}** (${severity}; ${recommendation.area}, effort ${recommendation.effort}, risk ${recommendation.risk})`,
        `   ${markdownProse(cause)}`,
        `   - Change: ${markdownProse(recommendation.change)}`,
        `   - Expected: ${markdownProse(recommendation.expectedEffect)}`,
        `   - Evidence: ${evidence.map((row) => `${escape(row.scenario)} ${inlineCode(row.metric)} = ${figure(row.value)}${row.limit === undefined ? "" : ` (limit ${figure(row.limit)})`}`).join("; ")}`,
        ...(recommendation.experiment === null ? [] : [`   - Try it: ${inlineCode(recommendation.experiment)}`]),
      ].join("\n"),
    )
    .join("\n");
}

function figure(value: number | string): string {
  return typeof value === "number" ? formatNumber(value) : escape(value);
}

function scenarioDetails(scenario: ScenarioResult): string {
  const phases = markdownTable(
    ["Phase", "Mean", "p50", "p99", "Share"],
    scenario.phases.map((phase) => [
      escape(phase.name),
      formatMs(phase.meanMs),
      formatMs(phase.p50Ms),
      formatMs(phase.p99Ms),
      formatShare(phase.share),
    ]),
    [1, 2, 3, 4],
  );
  const work = scenario.work;
  const workLine =
    work === null
      ? ""
      : `\n\nPer run: ${formatNumber(work.commits)} commits, ${formatNumber(work.journalRows)} journal rows, ${formatNumber(work.walBytes)} bytes of write-ahead log, ${formatMs(work.meshhookCpuMs)} CPU in MeshHook and ${formatMs(work.postgresCpuMs)} in PostgreSQL.`;
  return `<details><summary>${escape(scenario.title)}: where the time goes</summary>\n\n${markdownProse(scenario.question)}\n\n${scenario.phases.length === 0 ? "" : phases}${workLine}\n\n</details>`;
}
