import { countOf, formatTime, NO_FIGURE } from "../report/format.ts";
import { escapeMarkdown, inlineCode, markdownProse, markdownTable } from "../report/markdown.ts";
import { formatChange, formatFigure } from "./figure-format.ts";
import type { ComparedSide, ComparisonReport, FigureComparison, ScenarioComparison } from "./comparison-report.ts";

/** The comparison as lines for a terminal: every scenario with the figures that changed or are open; those that are the same counted. */
export function comparisonText(report: ComparisonReport): string {
  return [
    `${headline(report)}\n`,
    `Baseline:  ${sideText(report.baseline)}`,
    `Candidate: ${sideText(report.candidate)}`,
    `Arrangement: ${report.arrangement}.${hintOf(report)}`,
    ...report.scenarios.map(scenarioText),
  ].join("\n");
}

/** The comparison in Markdown, fit for a comment on a pull request. */
export function comparisonMarkdown(report: ComparisonReport): string {
  return [
    `## ${escapeMarkdown(headline(report))}`,
    [
      `- Baseline: ${escapeMarkdown(sideText(report.baseline))}`,
      `- Candidate: ${escapeMarkdown(sideText(report.candidate))}`,
      `- Arrangement: ${escapeMarkdown(`${report.arrangement}.${hintOf(report)}`)}`,
    ].join("\n"),
    ...report.scenarios.map(scenarioMarkdown),
  ].join("\n\n");
}

/** The verdict in a sentence. */
export function headline({ verdict, scenarios }: ComparisonReport): string {
  const all = scenarios.flatMap(({ figures }) => figures);
  const count = (wanted: FigureComparison["verdict"]) => all.filter((figure) => figure.verdict === wanted).length;
  const figures = countOf(all.length, "figure");
  const unclean = scenarios.filter((scenario) => scenario.verdict === "worse" && scenario.figures.length === 0).length;
  if (unclean > 0) return `Worse: the candidate fails the audit or a gate of ${countOf(unclean, "scenario")}`;
  if (verdict === "worse") return `Worse: ${String(count("worse"))} of ${figures} changed for the worse`;
  if (verdict === "better")
    return `Better: ${String(count("better"))} of ${figures} improved, and none changed for the worse`;
  if (all.length === 0) return "Inconclusive: no scenario of these results can be compared";
  if (verdict === "same") return `The same: all ${figures} are equal within the smallest change that matters`;
  return `Inconclusive: no change was found, and ${String(count("inconclusive"))} of ${figures} are not decided`;
}

/** Why times and speeds are not judged; empty where they are. */
export function hintOf({ arrangement }: ComparisonReport): string {
  return arrangement === "interleaved"
    ? ""
    : " Times and speeds are not judged, because a change of the machine would look the same. Interleave the runs (A B B A) to judge them.";
}

/** `revision 8632d44c1f, 4 runs, from 2026-11-24 00:10:26 UTC`. */
export function sideText({ runs, revisions, meshhook, fromMs }: ComparedSide): string {
  const what = revisions.length > 0 ? `revision ${revisions.join(", ")}` : `version ${meshhook.join(", ")}`;
  return `${what}, ${countOf(runs, "run")}, from ${formatTime(fromMs)}`;
}

function scenarioText({ name, verdict, why, figures }: ScenarioComparison): string {
  const shown = figures.filter((figure) => figure.verdict !== "same");
  const same = figures.length - shown.length;
  const rows = shown.map((figure) => [
    figure.label,
    formatFigure(figure.unit, figure.baseline),
    formatFigure(figure.unit, figure.candidate),
    changeOf(figure),
  ]);
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const lines = rows.map((row, index) => {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widthOf(0)) : cell.padStart(widthOf(column))));
    const { verdict, why } = shown[index] ?? { verdict: "", why: null };
    return `  ${cells.join("  ")}  ${verdict}${why === null ? "" : `. ${why}`}`;
  });
  return [
    `\n${name}: ${verdict}${why === null ? "" : `. ${why}`}`,
    ...lines,
    ...(same === 0 ? [] : [`  ${countOf(same, "figure")} the same`]),
  ].join("\n");
}

function scenarioMarkdown({ name, verdict, why, figures }: ScenarioComparison): string {
  const title = `### ${inlineCode(name)}: ${verdict}`;
  if (figures.length === 0) return `${title}\n\n${markdownProse(why ?? "There are no figures to compare.")}`;
  const rows = figures.map((figure) => [
    escapeMarkdown(figure.label),
    formatFigure(figure.unit, figure.baseline),
    formatFigure(figure.unit, figure.candidate),
    changeOf(figure),
    figure.verdict === "worse" || figure.verdict === "better" ? `**${figure.verdict}**` : figure.verdict,
    escapeMarkdown(figure.why ?? ""),
  ]);
  return `${title}\n\n${markdownTable(["Figure", "Baseline", "Candidate", "Change", "Verdict", ""], rows, [1, 2, 3])}`;
}

/** `+3.1 % [−1 %, +7.4 %]`. */
export function changeOf({ ratio }: FigureComparison): string {
  if (ratio === null) return NO_FIGURE;
  const interval =
    ratio.low === null || ratio.high === null ? "" : ` [${formatChange(ratio.low)}, ${formatChange(ratio.high)}]`;
  return `${formatChange(ratio.estimate)}${interval}`;
}
