import { countOf } from "../report/format.ts";
import { escapeMarkdown, inlineCode, markdownTable } from "../report/markdown.ts";
import type { GateCheck, GateReport, GateScenario } from "./gate.ts";

/** The gate as lines for a terminal: every check that did not pass, and how many did. */
export function gateText(report: GateReport): string {
  return [
    headline(report),
    ...report.scenarios.map((scenario) => {
      const open = notPassed(scenario);
      const passed = scenario.checks.length - open.length;
      return [
        `\n${scenario.name}: ${scenario.verdict}`,
        ...open.map(({ name, verdict, text }) => `  ${verdict}: ${name}. ${text}`),
        ...(passed === 0 ? [] : [`  ${countOf(passed, "check")} passed`]),
      ].join("\n");
    }),
  ].join("\n");
}

/** The gate in Markdown, short enough for a comment on a pull request. */
export function gateMarkdown(report: GateReport): string {
  const rows = report.scenarios.flatMap((scenario) =>
    notPassed(scenario).map(({ name, verdict, text }) => [
      inlineCode(scenario.name),
      escapeMarkdown(name),
      verdict === "failed" ? "**failed**" : verdict,
      escapeMarkdown(text),
    ]),
  );
  const passed = report.scenarios.reduce(
    (sum, scenario) => sum + scenario.checks.length - notPassed(scenario).length,
    0,
  );
  return [
    `## ${escapeMarkdown(headline(report))}`,
    ...(rows.length === 0 ? [] : [markdownTable(["Scenario", "Check", "Verdict", ""], rows)]),
    `${countOf(passed, "check")} passed.`,
  ].join("\n\n");
}

function notPassed({ checks }: GateScenario): readonly GateCheck[] {
  return checks.filter(({ verdict }) => verdict !== "passed");
}

function headline({ verdict, runs, scenarios, comparison }: GateReport): string {
  const failed = scenarios.filter((scenario) => scenario.verdict === "failed").length;
  const what = `${countOf(scenarios.length, "scenario")} in ${countOf(runs, "run")}${comparison === null ? "" : `, compared with ${countOf(comparison.baseline.runs, "run")} of the baseline`}`;
  switch (verdict) {
    case "failed":
      return `The gate stops this change: ${String(failed)} of ${what} failed`;
    case "void":
      return `The gate cannot judge: ${what}, and a scenario is void`;
    case "inconclusive":
      return `The gate lets this change pass, with open questions: ${what}`;
    case "passed":
      return `The gate lets this change pass: ${what}`;
    default:
      return verdict satisfies never;
  }
}
