import type { DatabaseActivity } from "../../../result/result.ts";
import { shareBar } from "../../chart/share-bar.ts";
import { formatBytes, formatMs, formatNumber, NO_FIGURE } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { facts, table } from "../../markup.ts";

const STATEMENTS_SHOWN = 8;
const WAITS_SHOWN = 8;

/** PostgreSQL's own statistics: statements ranked by time, what backends waited for, tables. */
export function databaseBlock(database: DatabaseActivity): Html {
  return html`<h4>Database</h4>
    ${facts([
      ["Commits", formatNumber(database.commits)],
      ["Rollbacks", formatNumber(database.rollbacks)],
      ["Write-ahead log", formatBytes(database.walBytes)],
      [
        "Full-page images",
        `${formatNumber(database.walFullPageImages)} of ${formatNumber(database.walRecords)} records`,
      ],
      ["Log flushes by MeshHook", formatNumber(database.walFlushes)],
      ["Checkpoints", formatNumber(database.checkpoints)],
      ["Connections, maximum", `${formatNumber(database.connectionsMax)}${statesText(database)}`],
      ["Longest transaction", formatMs(database.oldestTransactionMsMax)],
    ])}
    ${statementTable(database)} ${waitTable(database)} ${tableTable(database)}`;
}

function statesText({ connectionsByState = {} }: DatabaseActivity): string {
  const states = Object.entries(connectionsByState).map(([state, count]) => `${state} ${formatNumber(count)}`);
  return states.length === 0 ? "" : ` (most at once: ${states.join(", ")})`;
}

function statementTable({ statements }: DatabaseActivity): Html {
  const total = statements.reduce((sum, { totalMs }) => sum + totalMs, 0);
  return table(
    ["Statement", "Of their time", "Calls", "Mean", "Rows", "WAL"],
    statements
      .toSorted((a, b) => b.totalMs - a.totalMs)
      .slice(0, STATEMENTS_SHOWN)
      .map((statement) => [
        html`<code class="statement">${statement.query}</code>`,
        shareBar(statement.timeShare ?? (total === 0 ? null : statement.totalMs / total)),
        formatNumber(statement.calls),
        formatMs(statement.calls === 0 ? null : statement.totalMs / statement.calls),
        formatNumber(statement.rows),
        formatBytes(statement.walBytes),
      ]),
    [2, 3, 4, 5],
  );
}

function waitTable({ waits }: DatabaseActivity): Html {
  const samples = waits.reduce((sum, wait) => sum + wait.samples, 0);
  return table(
    ["MeshHook's backends at work", "Of the samples", "Samples"],
    waits
      .toSorted((a, b) => b.samples - a.samples)
      .slice(0, WAITS_SHOWN)
      .map((wait) => [
        wait.event === "CPU" ? "running" : wait.event,
        shareBar(samples === 0 ? null : wait.samples / samples),
        formatNumber(wait.samples),
      ]),
    [2],
  );
}

function tableTable({ tables }: DatabaseActivity): Html {
  return table(
    ["Table", "Inserted", "Updated", "Deleted", "Dead", "Vacuums", "Size", "Indexes"],
    tables
      .filter((entry) => entry.inserts + entry.updates + entry.deletes > 0)
      .map((entry) => [
        entry.name,
        ...[entry.inserts, entry.updates, entry.deletes, entry.deadTuples, entry.autovacuums].map(formatNumber),
        formatBytes(entry.bytes),
        entry.indexBytes === undefined ? NO_FIGURE : formatBytes(entry.indexBytes),
      ]),
    [1, 2, 3, 4, 5, 6, 7],
  );
}
