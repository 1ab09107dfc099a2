import {
  countOf,
  formatBytes,
  formatDuration,
  formatMs,
  formatNumber,
  formatTime,
  NO_FIGURE,
} from "../report/format.ts";
import { escapeMarkdown as escape, inlineCode, markdownTable } from "../report/markdown.ts";
import { packagesText } from "./install.ts";
import type { PeerComparison, PeerFigureName, PeerRatio, PeersResult, RoundSummary } from "./result.ts";

const COLUMNS: readonly {
  readonly name: PeerFigureName;
  readonly head: string;
  readonly format: (value: number) => string;
}[] = [
  { name: "runsPerSecond", head: "Runs/s", format: (value) => formatNumber(Math.round(value)) },
  { name: "ackP50Ms", head: "Answer p50", format: formatMs },
  { name: "ackP99Ms", head: "Answer p99", format: formatMs },
  { name: "doneP99Ms", head: "Done p99", format: formatMs },
  { name: "cpuSecondsPer1000", head: "CPU s / 1,000", format: formatNumber },
  { name: "walBytesPerRun", head: "Log / run", format: formatBytes },
];

const WORKFLOW_TITLES = {
  pure: "Pure: accept a webhook, transform, branch, transform, end",
  "one-call": "One call: accept a webhook, transform, one HTTP call, end",
} as const;

const NOTES = [
  "Each figure is the median of the rounds [least – most]. Below it, × is MeshHook ÷ this engine, with its 95 % interval from four rounds on: above 1 is better for MeshHook in runs/s, below 1 in everything else.",
  "Runs/s, CPU and log are those of the saturating load, the latencies those of the nominal one. Latency counts from the intended send. p99 needs 1,000 webhooks in a round.",
  "CPU counts the engine, its database and whatever else it started. The log is PostgreSQL's.",
  "An engine whose audit is not clean has no figures.",
];

/** `peers.md`. */
export function renderPeersMarkdown(result: PeersResult): string {
  const { environment, plan } = result;
  const sections = [
    "# MeshHook and its peers",
    result.isInterrupted ? "> It was stopped early and contains what was measured so far." : null,
    ...workflowsOf(result).map((workflow) => `## ${WORKFLOW_TITLES[workflow]}\n\n${markdown(result, workflow)}`),
    NOTES.map((note) => escape(note)).join("\n\n"),
    result.notTried.length === 0
      ? null
      : `## Not tried\n\n${markdownTable(
          ["Peer", "Why"],
          result.notTried.map(({ name, reason }) => [escape(name), escape(reason)]),
        )}`,
    `## What ran\n\n${markdownTable(
      ["Engine", "Packages", "Durable", "The end of a run is known by"],
      result.contestants.map((each) => [
        escape(each.title),
        escape(packagesText(each)),
        escape(each.durability),
        escape(each.end),
      ]),
    )}`,
    `## Settings\n\n${markdownTable(
      ["Engine", "Setting", "Value", "Why", "Source"],
      result.contestants.flatMap(({ title, settings }) =>
        settings.map(({ name, value, reason, source }) => [title, name, value, reason, source].map(escape)),
      ),
    )}`,
    `## Record\n\n${[
      `- Command: ${inlineCode(result.command)}`,
      `- Commit: ${result.commit === null ? "not in a checkout" : inlineCode(result.commit.revision) + (result.commit.isDirty ? " with uncommitted changes" : "")}, seed ${String(result.seed)}`,
      `- Ran ${formatTime(result.startedAtMs)} for ${formatDuration(result.finishedAtMs - result.startedAtMs)}`,
      `- ${planText(result)}`,
      `- Every contestant: one process with the same HTTP intake, on an empty database, after a warm-up of ${formatDuration(plan.warmUpMs)}; payload ${escape(plan.payload)}`,
      `- PostgreSQL ${escape(environment.postgres.version)}, fsync ${environment.fsync ? "on" : "off"}, synchronous\\_commit ${escape(environment.synchronousCommit)}, Node ${escape(environment.node)}, ${String(environment.host.cores)} × ${escape(environment.host.cpuModel)}`,
    ].join("\n")}`,
  ];
  return `${sections.filter((section) => section !== null).join("\n\n")}\n`;
}

/** What the terminal shows. */
export function formatPeers(result: PeersResult): string {
  const tables = workflowsOf(result).map((workflow) => {
    const rows = [
      ["Engine", ...COLUMNS.map(({ head }) => head), "Audit"],
      ...rowsOf(result, workflow).flatMap((own) => [...own]),
    ];
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    const lines = rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
    return `${WORKFLOW_TITLES[workflow]}\n\n${lines.join("\n")}`;
  });
  const notTried = result.notTried.map(({ name, reason }) => `${name}: not tried. ${reason}`);
  return [
    ...(result.isInterrupted ? ["Stopped early: this is what was measured so far."] : []),
    ...tables,
    ...(notTried.length === 0 ? [] : [notTried.join("\n")]),
    [planText(result), ...NOTES].join("\n"),
  ].join("\n\n");
}

function planText({ plan }: PeersResult): string {
  return `${countOf(plan.rounds, "round")}; in each, ${formatDuration(plan.nominalMs)} at ${String(plan.ratePerSecond)}/s and ${formatDuration(plan.saturatedMs)} with ${String(plan.senders)} senders that wait for their answers.`;
}

function workflowsOf({ comparisons }: PeersResult): readonly PeerComparison["workflow"][] {
  return [...new Set(comparisons.map(({ workflow }) => workflow))].toSorted().toReversed();
}

function markdown(result: PeersResult, workflow: PeerComparison["workflow"]): string {
  return markdownTable(
    ["Engine", ...COLUMNS.map(({ head }) => head), "Audit"],
    rowsOf(result, workflow).map(([own, ratios]) =>
      own.map((cell, column) =>
        [cell, ratios?.[column] ?? ""]
          .filter((text) => text !== "")
          .map(escape)
          .join("<br>"),
      ),
    ),
  );
}

/** The cells of a contestant's figures, and those of the ratios below them. */
type Rows = readonly [own: readonly string[], ...ratios: readonly (readonly string[])[]];

/** For each contestant its figures and, but for MeshHook, the ratios below them. */
function rowsOf({ comparisons, contestants }: PeersResult, workflow: PeerComparison["workflow"]): readonly Rows[] {
  return contestants.flatMap(({ name, title }): Rows[] => {
    const own = comparisons.find((each) => each.workflow === workflow && each.contestant === name);
    if (own === undefined) return [];
    const figures = COLUMNS.map(({ name, format }) => summaryText(own.figures[name], format));
    const row = [title, ...figures, own.withheld ?? `clean, ${formatNumber(own.audit.accepted)} runs`];
    const ratios = COLUMNS.map((column) => ratioText(own.ratios[column.name]));
    return [ratios.every((text) => text === "") ? [row] : [row, ["", ...ratios, ""]]];
  });
}

function summaryText(summary: RoundSummary | null, format: (value: number) => string): string {
  if (summary === null) return NO_FIGURE;
  const { median, min, max, rounds } = summary;
  return rounds === 1 ? format(median) : `${format(median)} [${format(min)} – ${format(max)}]`;
}

function ratioText(ratio: PeerRatio | null): string {
  if (ratio === null) return "";
  const { estimate, low, high } = ratio;
  return low === null || high === null
    ? `× ${formatNumber(estimate)}`
    : `× ${formatNumber(estimate)} [${formatNumber(low)} – ${formatNumber(high)}]`;
}
