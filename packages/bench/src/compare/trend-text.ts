import { countOf, formatTime } from "../report/format.ts";
import { escapeMarkdown, inlineCode, markdownTable } from "../report/markdown.ts";
import { formatChange, formatFigure } from "./figure-format.ts";
import { RESULTS_MIN_FOR_TREND } from "./trend.ts";
import type { TrendChange, TrendPoint, TrendReport, TrendSeries } from "./trend.ts";

/** The changes as lines for a terminal, newest first. */
export function trendText(report: TrendReport): string {
  const lines = changesOf(report).map(
    ({ series, change }) =>
      `  ${series.scenario}, ${series.label}: ${levels(series, change)} (${change.direction ?? "changed"})\n    between ${pointText(change.last)} and ${pointText(change.first)}`,
  );
  return [headline(report), ...introduction(report), ...lines].join("\n");
}

/** The changes in Markdown, newest first, and the newest value of every figure. */
export function trendMarkdown(report: TrendReport): string {
  const changes = changesOf(report).map(({ series, change }) => [
    inlineCode(series.scenario),
    escapeMarkdown(series.label),
    escapeMarkdown(levels(series, change)),
    change.direction ?? "changed",
    escapeMarkdown(`${pointText(change.last)} to ${pointText(change.first)}`),
  ]);
  const newest = report.series.map((series) => [
    inlineCode(series.scenario),
    escapeMarkdown(series.label),
    String(series.points.length),
    formatFigure(series.unit, series.points.at(-1)?.value ?? null),
  ]);
  return [
    `## ${headline(report)}`,
    ...introduction(report).map(escapeMarkdown),
    ...(changes.length === 0 ? [] : [markdownTable(["Scenario", "Figure", "Change", "", "Between"], changes)]),
    ...(newest.length === 0 ? [] : [markdownTable(["Scenario", "Figure", "Results", "Newest"], newest, [2, 3])]),
  ].join("\n\n");
}

function changesOf({ series }: TrendReport): { readonly series: TrendSeries; readonly change: TrendChange }[] {
  return series
    .flatMap((each) => each.changes.map((change) => ({ series: each, change })))
    .sort((a, b) => b.change.first.startedAtMs - a.change.first.startedAtMs);
}

function headline(report: TrendReport): string {
  const changes = changesOf(report);
  const worse = changes.filter(({ change }) => change.direction === "worse").length;
  if (report.results === 0) return "The history is empty; `meshhook bench trend --add <report>` adds a result";
  if (report.results < RESULTS_MIN_FOR_TREND)
    return `Too few results: ${String(report.results)} of at least ${String(RESULTS_MIN_FOR_TREND)}`;
  if (changes.length === 0) return `No lasting change in ${countOf(report.results, "result")}`;
  return `${countOf(changes.length, "lasting change")} in ${countOf(report.results, "result")}, ${String(worse)} for the worse`;
}

function introduction({ machine, leftOut, series }: TrendReport): string[] {
  const shorter = Math.max(0, ...series.map(({ otherLoads }) => otherLoads));
  return [
    ...(machine === null ? [] : [`Environment: ${machine}.`]),
    ...(leftOut === 0 ? [] : [`Left out: ${countOf(leftOut, "result")} of another environment or with another seed.`]),
    ...(shorter === 0 ? [] : [`Left out of some figures: up to ${countOf(shorter, "result")} with another load.`]),
  ];
}

function levels({ unit }: TrendSeries, { before, after }: TrendChange): string {
  return `${formatFigure(unit, before)} to ${formatFigure(unit, after)}, ${formatChange(after / before)}`;
}

function pointText({ revision, startedAtMs }: TrendPoint): string {
  return revision === null ? formatTime(startedAtMs) : `${revision.slice(0, 10)} (${formatTime(startedAtMs)})`;
}
