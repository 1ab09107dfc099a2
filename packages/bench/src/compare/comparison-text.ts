import { countOf, NO_FIGURE, formatBytes, formatMs, formatNumber, formatShare, formatTime } from "../report/format.ts";
import { escapeMarkdown, inlineCode, markdownProse, markdownTable } from "../report/markdown.ts";
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
function headline({ verdict, scenarios }: ComparisonReport): string {
  const all = scenarios.flatMap(({ figures }) => figures);
  const count = (wanted: FigureComparison["verdict"]) => all.filter((figure) => figure.verdict === wanted).length;
  const figures = countOf(all.length, "figure");
  const unclean = scenarios.filter((scenario) => scenario.verdict === "worse" && scenario.figures.length === 0).length;
  if (unclean > 0) return `Worse: the candidate fails the audit or a gate of ${countOf(unclean, "scenario")}`;
  if (verdict === "worse") return `Worse: ${String(count("worse"))} of ${figures} changed for the worse`;
  if (verdict === "better")
    return `Better: ${String(count("better"))} of ${figures} improved, and none changed for the worse`;
  if (verdict === "same") return `The same: all ${figures} are equal within the smallest change that matters`;
  return `Inconclusive: no change was found, and ${String(count("inconclusive"))} of ${figures} are not decided`;
}

function hintOf({ arrangement }: ComparisonReport): string {
  return arrangement === "interleaved"
    ? ""
    : " Times and speeds are not judged, because a change of the machine would look the same. Interleave the runs (A B B A) to judge them.";
}

function sideText({ runs, revisions, meshhook, fromMs }: ComparedSide): string {
  const what = revisions.length > 0 ? `revision ${revisions.join(", ")}` : `version ${meshhook.join(", ")}`;
  return `${what}, ${countOf(runs, "run")}, from ${formatTime(fromMs)}`;
}

function scenarioText({ name, verdict, why, figures }: ScenarioComparison): string {
  const shown = figures.filter((figure) => figure.verdict !== "same");
  const same = figures.length - shown.length;
  const rows = shown.map((figure) => [
    figure.label,
    formatFigure(figure, figure.baseline),
    formatFigure(figure, figure.candidate),
    changeOf(figure),
    figure.verdict,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    (row, index) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : column < 4 ? cell.padStart(widths[column] ?? 0) : cell)).join("  ")}${shown[index]?.why ? `. ${shown[index].why}` : ""}`,
  );
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
    formatFigure(figure, figure.baseline),
    formatFigure(figure, figure.candidate),
    changeOf(figure),
    figure.verdict === "worse" || figure.verdict === "better" ? `**${figure.verdict}**` : figure.verdict,
    escapeMarkdown(figure.why ?? ""),
  ]);
  return `${title}\n\n${markdownTable(["Figure", "Baseline", "Candidate", "Change", "Verdict", ""], rows, [1, 2, 3])}`;
}

function formatFigure({ unit }: FigureComparison, value: number | null): string {
  return value === null ? NO_FIGURE : FORMATS[unit](value);
}

const FORMATS: { readonly [Unit in FigureComparison["unit"]]: (value: number) => string } = {
  ms: formatMs,
  bytes: formatBytes,
  "per second": formatNumber,
  "per run": formatNumber,
};

/** `+3.1 % [−1, +7.4]`. */
function changeOf({ ratio }: FigureComparison): string {
  if (ratio === null) return NO_FIGURE;
  const interval = ratio.low === null || ratio.high === null ? "" : ` [${signed(ratio.low)}, ${signed(ratio.high)}]`;
  return `${signed(ratio.estimate)}${interval}`;
}

function signed(ratio: number): string {
  const change = ratio - 1;
  return `${change > 0 ? "+" : change < 0 ? "−" : "±"}${formatShare(Math.abs(change))}`;
}
