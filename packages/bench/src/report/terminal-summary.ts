import { styleText, stripVTControlCharacters } from "node:util";
import type { BenchResult } from "../result/result.ts";
import { formatDuration, formatNumber, NO_FIGURE } from "./format.ts";
import { severalLoadsText } from "./several-loads.ts";
import { formatPercentile, shownThroughput, tellStory } from "./story.ts";

export interface SummaryOptions {
  /** Path of the HTML report, as the reader would open it; null when none was written. */
  readonly reportPath?: string | null;
  /** Colours; when absent, only where standard output is a terminal that shows them. */
  readonly isColoured?: boolean;
}

const WIDTH = 100;
const FINDINGS_SHOWN = 5;
const REASONS_SHOWN = 8;
const SIGNS = { passed: "✓", failed: "✗", inconclusive: "?", void: "∅" } as const;

/**
 * Writes what a person wants to see when a run ends: one line per scenario, what failed, the findings, where the report
 * is. At most 100 columns; control characters in the data are dropped, so that a result cannot drive the terminal.
 */
export function formatSummary(result: BenchResult, options: SummaryOptions = {}): string {
  const isColoured = options.isColoured ?? (process.stdout.isTTY && process.env["NO_COLOR"] === undefined);
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  const story = tellStory(result);
  const tone = {
    passed: "green",
    failed: "red",
    inconclusive: "yellow",
    void: "yellow",
    interrupted: "yellow",
  } as const;

  const lines: string[] = [""];
  const rows = result.scenarios.map((scenario) => {
    const throughput = shownThroughput(scenario);
    return [
      SIGNS[scenario.status],
      scenario.name,
      scenario.load.ratePerSecond === null ? "closed" : `${formatNumber(scenario.load.ratePerSecond)}/s`,
      throughput === null ? NO_FIGURE : `${formatNumber(throughput.completedPerSecond)}/s`,
      formatPercentile(scenario.latency["ack"], "p50Ms"),
      formatPercentile(scenario.latency["ack"], "p99Ms"),
      formatPercentile(scenario.latency["done"], "p99Ms"),
      formatNumber(scenario.answers.failed),
      scenario.audit.isClean ? "clean" : "NOT CLEAN",
    ].map(printable);
  });
  const head = ["", "scenario", "offered", "completed", "ack p50", "ack p99", "done p99", "failed", "audit"];
  const widths = head.map((label, column) => Math.max(label.length, ...rows.map((row) => row[column]?.length ?? 0)));
  // The name is the only column without a bound; it gives way.
  const others = widths.reduce((sum, width, column) => (column === 1 ? sum : sum + width + 2), 0);
  widths[1] = Math.min(widths[1] ?? 0, WIDTH - others);
  const row = (cells: readonly string[]) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0, column >= 2 && column <= 7))
      .join("  ")
      .trimEnd();
  lines.push(paint("dim", row(head)));
  rows.forEach((cells, index) =>
    lines.push(result.scenarios[index]?.status === "failed" ? paint("red", row(cells)) : row(cells)),
  );

  const limits = result.scenarios.flatMap((scenario) => severalLoadsText(scenario) ?? []);
  if (limits.length > 0) lines.push("", ...limits.flatMap((text) => wrap(text, "  ")));
  lines.push(
    "",
    paint(["bold", tone[result.verdict]], `${story.verdict}.`),
    ...wrap(story.next),
    ...wrap(story.summary),
  );
  if (story.durabilityLabel !== null) lines.push(...wrap(story.durabilityLabel).map((line) => paint("red", line)));
  story.reasons.slice(0, REASONS_SHOWN).forEach(({ scenario, reason }) => {
    lines.push(
      "",
      ...wrap(`${SIGNS[reason.verdict]} ${scenario.name}, ${reason.verdict}: ${reason.text}`, "  "),
      ...wrap(`→ ${reason.next}`, "  ").map((line) => paint("dim", `  ${line.trimStart()}`)),
    );
  });
  const otherReasons = story.reasons.length - REASONS_SHOWN;
  if (otherReasons > 0) lines.push(`  ${otherReasons} more in the report`);

  if (result.findings.length > 0) {
    lines.push("", paint("bold", "Findings, by expected effect"));
    result.findings.slice(0, FINDINGS_SHOWN).forEach((finding, index) => {
      lines.push(
        ...wrap(`${index + 1}. ${finding.title}`, "   "),
        ...wrap(`→ ${finding.recommendation.change}`, "   ").map((line) => paint("dim", `   ${line.trimStart()}`)),
      );
    });
    const more = result.findings.length - FINDINGS_SHOWN;
    if (more > 0) lines.push(`   ${more} more in the report`);
  }
  lines.push("", `Took ${formatDuration(result.finishedAtMs - result.startedAtMs)}, seed ${result.seed}.`);
  if (options.reportPath) lines.push(`Report: ${printable(options.reportPath)}`);
  return `${lines.join("\n")}\n`;
}

function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, " ");
}

function pad(text: string, width: number, isRight: boolean): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  return isRight ? cut.padStart(width) : cut.padEnd(width);
}

/** Breaks at spaces; a word longer than a line is cut, so that no line is wider than the terminal. */
function wrap(text: string, indent = ""): readonly string[] {
  const room = WIDTH - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text)
    .split(/\s+/)
    .flatMap((whole) => whole.match(new RegExp(`.{1,${room}}`, "gu")) ?? [])) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  if (line !== "") lines.push(line);
  return lines.map((part, index) => (index === 0 ? part : indent + part));
}
