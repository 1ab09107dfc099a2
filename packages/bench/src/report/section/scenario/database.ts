import type { DatabaseActivity } from "../../../result/result.ts";
import { formatBytes, formatMs, formatNumber, formatShare } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { facts, table } from "../../markup.ts";

/** PostgreSQL's own statistics: statements, tables and waits. */
export function databaseBlock(database: DatabaseActivity): Html {
  const samples = database.waits.reduce((sum, wait) => sum + wait.samples, 0);
  const byTime = database.statements.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, 8);
  const changed = database.tables.filter((entry) => entry.inserts + entry.updates + entry.deletes > 0);
  return html`<h4>Database</h4>
    ${facts([
      ["Commits", formatNumber(database.commits)],
      ["Rollbacks", formatNumber(database.rollbacks)],
      ["Write-ahead log", formatBytes(database.walBytes)],
      [
        "Full-page images",
        `${formatNumber(database.walFullPageImages)} of ${formatNumber(database.walRecords)} records`,
      ],
      ["Checkpoints", formatNumber(database.checkpoints)],
      ["Connections, maximum", formatNumber(database.connectionsMax)],
    ])}
    ${table(
      ["Statement", "Calls", "Mean", "Total", "Rows", "WAL"],
      byTime.map((statement) => [
        html`<code class="statement">${statement.query}</code>`,
        formatNumber(statement.calls),
        formatMs(statement.calls === 0 ? null : statement.totalMs / statement.calls),
        formatMs(statement.totalMs),
        formatNumber(statement.rows),
        formatBytes(statement.walBytes),
      ]),
      [1, 2, 3, 4, 5],
    )}
    <div class="columns">
      <div>
        ${table(
          ["Table", "Inserted", "Updated", "Deleted", "Dead", "Size"],
          changed.map((entry) => [
            entry.name,
            ...[entry.inserts, entry.updates, entry.deletes, entry.deadTuples].map(formatNumber),
            formatBytes(entry.bytes),
          ]),
          [1, 2, 3, 4, 5],
        )}
      </div>
      <div>
        ${table(
          ["Wait event", "Samples", "Share"],
          database.waits
            .toSorted((a, b) => b.samples - a.samples)
            .slice(0, 8)
            .map((wait) => [
              wait.event,
              formatNumber(wait.samples),
              formatShare(samples === 0 ? null : wait.samples / samples),
            ]),
          [1, 2],
        )}
      </div>
    </div>`;
}
