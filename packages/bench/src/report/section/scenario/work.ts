import type { ScenarioResult, WorkPerRun } from "../../../result/result.ts";
import { formatBytes, formatMs, formatNumber, NO_FIGURE } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { withInterval } from "../../interval.ts";
import { table } from "../../markup.ts";

const workRows: readonly {
  readonly field: keyof WorkPerRun;
  readonly label: string;
  readonly format: (value: number | null) => string;
}[] = [
  { field: "statements", label: "SQL statements", format: formatNumber },
  { field: "statementsPerCommit", label: "SQL statements per commit", format: formatNumber },
  { field: "commits", label: "Commits", format: formatNumber },
  { field: "journalRows", label: "Journal rows", format: formatNumber },
  { field: "journalRowsUndone", label: "Journal rows undone", format: formatNumber },
  { field: "hotUpdates", label: "Rows updated in hot tables", format: formatNumber },
  { field: "hotDeletes", label: "Rows deleted from hot tables", format: formatNumber },
  { field: "walBytes", label: "Write-ahead log", format: formatBytes },
  { field: "meshhookCpuMs", label: "CPU, MeshHook", format: formatMs },
  { field: "postgresCpuMs", label: "CPU, PostgreSQL", format: formatMs },
];

/** What one run costs, each figure beside its limit. */
export function workTable(scenario: ScenarioResult): Html {
  const work = scenario.work;
  if (work === null) return html`<p class="muted">Not measured.</p>`;
  return table(
    ["Work", "Per run", "Limit"],
    workRows.map(({ field, label, format }) => [
      label,
      withInterval(format(work[field]), scenario, `work.${field}`, format),
      limitOf(scenario, `work.${field}`) ?? NO_FIGURE,
    ]),
    [1, 2],
  );
}

/** The limit that a threshold sets for a figure, such as `<= 0.05`. */
function limitOf(scenario: ScenarioResult, metric: string): string | null {
  const threshold = scenario.thresholds.find(({ expression }) => expression.startsWith(`${metric} `));
  return threshold === undefined
    ? null
    : threshold.expression
        .slice(metric.length + 1)
        .replace("<=", "≤")
        .replace(">=", "≥");
}
