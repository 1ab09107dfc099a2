import type { DatabaseActivity, ScenarioResult, WorkPerRun } from "../result/result.ts";
import { percentilePlot } from "./chart/percentile-plot.ts";
import { cpuPlot, latencySeriesPlot, ratePlot } from "./chart/series-plot.ts";
import {
  countOf,
  formatBytes,
  formatDuration,
  formatMs,
  formatMsFigure,
  formatNumber,
  formatShare,
  NO_FIGURE,
} from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { facts, prose, statusBadge, table } from "./markup.ts";
import { errorCount, formatActual, formatFailures, formatPercentile, NO_ANSWER, shownThroughput } from "./story.ts";

/** One scenario, from its question to its raw figures. `id` is the anchor. */
export function scenarioSection(scenario: ScenarioResult, id: string): Html {
  return html`<section class="scenario" id="${id}">
    <header class="scenario-head">
      <h3>${scenario.title}</h3>
      ${statusBadge(scenario.status)}<code class="scenario-name">${scenario.name}</code>
    </header>
    <p class="question">${prose(scenario.question)}</p>
    ${scenario.generator.isBacked ? null : html`<p class="notice notice-warning"><b>Not backed.</b> The load generator could not keep up: ${scenario.generator.reasons.join("; ")}.</p>`}
    ${reasonList(scenario)} ${headline(scenario)} ${auditBox(scenario)}
    <h4>Thresholds</h4>
    ${thresholdTable(scenario)}
    <h4>Latency</h4>
    <div class="columns">
      ${percentilePlot(scenario.latency)}
      <div>${latencyTable(scenario)}</div>
    </div>
    ${episodeBlock(scenario)} ${timeline(scenario)} ${phaseBlock(scenario)}
    <div class="columns">
      <div>
        <h4>Work per run</h4>
        ${workTable(scenario)}
      </div>
      <div>
        <h4>Resources</h4>
        ${resourceTable(scenario)}${hostLine(scenario)}
      </div>
    </div>
    ${scenario.database === null ? null : databaseBlock(scenario.database)}
    <h4>Load</h4>
    ${loadFacts(scenario)} ${trustBlock(scenario)}
    ${
      scenario.notes.length === 0
        ? null
        : html`<h4>Notes</h4>
            <ul class="notes">
              ${scenario.notes.map((note) => html`<li>${prose(note)}</li>`)}
            </ul>`
    }
    ${rawFigures(scenario)}
  </section>`;
}

function reasonList({ reasons }: ScenarioResult): Html | null {
  if (reasons.length === 0) return null;
  return html`<ul class="reasons">
    ${reasons.map(
      ({ verdict, text, next }) =>
        html`<li>
          ${statusBadge(verdict)} ${prose(text)} <span class="muted"><b>Next:</b> ${prose(next)}</span>
        </li>`,
    )}
  </ul>`;
}

/** Slow requests grouped by event, which a percentile cannot show. */
function episodeBlock({ episodes }: ScenarioResult): Html | null {
  if (episodes.count === 0) return null;
  const { period } = episodes;
  return html`<h4>Stalls</h4>
    <p class="muted">
      ${formatNumber(episodes.slow)} requests above ${formatMs(episodes.slowAboveMs)}, in
      ${countOf(episodes.count, "stall")}.
      ${episodes.p99MsWithoutLargest === null ? null : `Without the largest, p99 is ${formatMs(episodes.p99MsWithoutLargest)}.`}
      ${
        period === null
          ? null
          : html`<b>They repeat</b> every ${formatMs(period.everyMs)} for about ${formatMs(period.lengthMs)}
              (${formatNumber(period.times)} times, ${formatShare(period.share)} of the time).`
      }
    </p>
    ${table(
      ["From", "Length", "Slow", "Due", "Slowest", "The machine"],
      episodes.longest
        .toSorted((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs))
        .slice(0, EPISODES_SHOWN)
        .map(({ fromMs, untilMs, slow, due, maxMs, origin }) => [
          `second ${(fromMs / 1_000).toFixed(2)}`,
          formatMs(untilMs - fromMs),
          formatNumber(slow),
          formatNumber(due),
          maxMs === null ? NO_ANSWER : formatMs(maxMs),
          { inside: "did not stall", outside: "stalled too", unknown: "was not observed" }[origin],
        ]),
      [1, 2, 3, 4],
    )}`;
}

const EPISODES_SHOWN = 6;

/** Why the figures can be trusted or not: clocks, disturbances, connections. */
function trustBlock({ clocks, disturbances, connections, outage, memoryGrowthBytesPerSecond }: ScenarioResult): Html {
  return html`<h4>Trust in the figures</h4>
    ${facts([
      [
        "Clocks",
        clocks.length === 0
          ? "not compared"
          : clocks
              .map(
                ({ of, offsetUs, uncertaintyUs }) =>
                  `${of} ${formatMs(offsetUs / 1_000)} ± ${formatMs(uncertaintyUs / 1_000)}`,
              )
              .join("; "),
      ],
      ["The machine", disturbances.length === 0 ? "not disturbed" : disturbances.map(({ text }) => text).join("; ")],
      [
        "Connections reopened",
        `${formatNumber(connections.reopened)} by senders, ${formatNumber(connections.reopenedToTarget)} to the target`,
      ],
      [
        "MeshHook's memory",
        memoryGrowthBytesPerSecond === null
          ? "not judged"
          : `${formatBytes(memoryGrowthBytesPerSecond)} more per second`,
      ],
      ...(outage === null
        ? []
        : [
            [
              "Outage, as clients saw it",
              `${formatMs(outage.clientsMs)}, ${countOf(outage.failedRequests, "failed request")}; MeshHook was down for ${formatMs(outage.downMs)} of it`,
            ] as const,
          ]),
    ])}`;
}

function headline(scenario: ScenarioResult): Html {
  const throughput = shownThroughput(scenario);
  const ack = scenario.latency["ack"];
  const done = scenario.latency["done"];
  const errors = errorCount(scenario);
  return facts([
    [
      "Offered",
      scenario.load.ratePerSecond === null ? "closed loop" : `${formatNumber(scenario.load.ratePerSecond)}/s`,
    ],
    [
      "Completed",
      throughput === null
        ? "not shown because the audit is not clean"
        : `${formatNumber(throughput.completedPerSecond)}/s`,
    ],
    ["Answer p50 / p99", `${formatPercentile(ack, "p50Ms")} / ${formatPercentile(ack, "p99Ms")}`],
    ["End to end p99", formatPercentile(done, "p99Ms")],
    ["Not accepted", `${formatFailures(scenario)} (${formatShare(scenario.answers.failedShare)})`],
    [
      "Errors",
      errors === 0
        ? "none"
        : `${formatNumber(errors)} (${Object.entries(scenario.errors)
            .filter(([, count]) => count > 0)
            .map(([kind, count]) => `${kind} ${formatNumber(count)}`)
            .join(", ")})`,
    ],
    ...Object.entries(scenario.roofShare ?? {}).map(([roof, share]): [string, string] => [
      `Of ${roofName(roof)}`,
      formatShare(share),
    ]),
  ]);
}

/** Names the roofs for people; an unknown one keeps its field name. */
export function roofName(roof: string): string {
  return { copyRows: "COPY roof", commits: "commit roof", rawHttp: "HTTP roof" }[roof] ?? roof;
}

function auditBox({ audit }: ScenarioResult): Html {
  const counts = (pairs: readonly (readonly [string, number])[]) =>
    html`<dl class="audit-counts">
      ${pairs.map(
        ([label, count]) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${formatNumber(count)}</dd>
          </div>`,
      )}
    </dl>`;
  return html`<div class="audit ${audit.isClean ? "audit-clean" : "audit-dirty"}">
    <p class="audit-title">
      <span aria-hidden="true">${audit.isClean ? "✓" : "✗"}</span>
      ${audit.isClean ? "Audit clean" : "Audit not clean, so no throughput is shown for this scenario"}
    </p>
    ${counts([
      ["sent", audit.sent],
      ["accepted", audit.accepted],
      ["rejected", audit.rejected],
      ["no answer", audit.unknown],
      ["runs", audit.runs],
      ["finished", audit.finished],
    ])}
    ${counts([
      ["lost", audit.lost],
      ["duplicated", audit.duplicated],
      ["out of order", audit.outOfOrder],
      ["stuck", audit.stuck],
      ["phantom", audit.phantom],
      ["effects", audit.effects],
      ["repeated effects", audit.effectRepeats],
      ["missing effects", audit.effectsMissing],
      ["unexpected effects", audit.effectsUnexpected],
      ["wrong effects", audit.effectsWrong],
      ["before their commit", audit.beforeCommit],
      ["results read", audit.resultsChecked],
      ["wrong results", audit.resultsWrong],
    ])}
    ${
      audit.details.length === 0
        ? null
        : html`<ul>
            ${audit.details.map((detail) => html`<li>${detail}</li>`)}
          </ul>`
    }
  </div>`;
}

function thresholdTable(scenario: ScenarioResult): Html {
  if (scenario.thresholds.length === 0) return html`<p class="muted">None.</p>`;
  return table(
    ["Holds", "Threshold", "Measured", "A miss means", "Reason"],
    scenario.thresholds.map((threshold) => [
      statusBadge(threshold.holds ? "holds" : threshold.actual === null ? "not shown" : "missed"),
      html`<code>${threshold.expression}</code>`,
      formatActual(threshold.actual),
      KINDS[threshold.kind],
      prose(capitalised(threshold.reason)),
    ]),
    [2],
  );
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

const KINDS = {
  gate: "failed",
  limit: "failed on a quiet machine",
  precondition: "nothing was tested",
} as const;

function latencyTable(scenario: ScenarioResult): Html {
  return table(
    ["ms", "Samples", "Failed", "Mean", "p50", "p90", "p95", "p99", "p99.9", "Max"],
    Object.entries(scenario.latency).map(([name, latency]) => [
      name,
      formatNumber(latency.count),
      formatNumber(latency.failed),
      latency.failed > 0 ? NO_ANSWER : formatMsFigure(latency.meanMs),
      ...(["p50Ms", "p90Ms", "p95Ms", "p99Ms", "p999Ms"] as const).map((percentile) =>
        formatPercentile(latency, percentile, formatMsFigure),
      ),
      latency.failed > 0 ? NO_ANSWER : formatMsFigure(latency.maxMs),
    ]),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
}

function timeline(scenario: ScenarioResult): Html | null {
  const { warmupMs, durationMs } = scenario.load;
  // Results from before there were blocks have one stretch.
  const stretches = scenario.blocks ?? [{ fromMs: warmupMs, untilMs: warmupMs + durationMs }];
  const measured = stretches.map(({ fromMs, untilMs }) => ({ from: fromMs / 1000, until: untilMs / 1000 }));
  const plots = [
    ratePlot(scenario.series, measured, scenario.audit.isClean),
    latencySeriesPlot(scenario.series, measured),
    cpuPlot(scenario.series, measured),
  ];
  if (plots.every((plot) => plot === null)) return null;
  return html`<h4>Second by second</h4>
    <p class="muted">Seconds since the first request. The background is grey outside the measured time.</p>
    <div class="timeline">${plots}</div>`;
}

function phaseBlock({ phases }: ScenarioResult): Html | null {
  if (phases.length === 0) return null;
  const total = phases.reduce((sum, phase) => sum + phase.meanMs, 0);
  const label = phases.map((phase) => `${phase.name} ${formatShare(phase.share)}`).join(", ");
  return html`<h4>Where the time goes</h4>
    <div class="phase-bar" role="img" aria-label="Parts of the mean end-to-end time: ${label}">
      ${phases.map(
        (phase, index) =>
          html`<span
            class="phase phase-${(index % 6) + 1}"
            style="flex-grow:${Math.max(0, phase.share).toFixed(4)}"
            title="${phase.name}: ${formatMs(phase.meanMs)}, ${formatShare(phase.share)}"
            >${phase.share >= 0.04 ? index + 1 : null}</span
          >`,
      )}
    </div>
    ${table(
      ["(Number)", "Phase", "From", "To", "Mean", "p50", "p99", "Share"],
      [
        ...phases.map((phase, index) => [
          html`<span class="phase-key phase-${(index % 6) + 1}">${index + 1}</span>`,
          phase.name,
          phase.from,
          phase.to,
          formatMs(phase.meanMs),
          formatMs(phase.p50Ms),
          formatMs(phase.p99Ms),
          formatShare(phase.share),
        ]),
        ["", html`<b>End to end</b>`, "", "", html`<b>${formatMs(total)}</b>`, "", "", ""],
      ],
      [4, 5, 6, 7],
    )}`;
}

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

function workTable(scenario: ScenarioResult): Html {
  const work = scenario.work;
  if (work === null) return html`<p class="muted">Not measured.</p>`;
  return table(
    ["Work", "Per run", "Limit"],
    workRows.map(({ field, label, format }) => [
      label,
      format(work[field]),
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

function resourceTable(scenario: ScenarioResult): Html {
  const seconds = Math.max(0.001, scenario.load.durationMs / 1000);
  return table(
    ["Process", "CPU, mean", "CPU, peak", "Memory, peak"],
    scenario.resources.map((process) => [
      process.name,
      formatShare(process.cpuSeconds / seconds),
      formatShare(process.cpuShareMax),
      formatBytes(process.rssBytesMax),
    ]),
    [1, 2, 3],
  );
}

function hostLine({ host, generator }: ScenarioResult): Html {
  return html`<p class="muted">
    CPU shares are of one core. Host: ${formatShare(host.cpuBusyShare)} of all cores busy,
    ${formatShare(host.stealShare)} stolen, load ${formatNumber(host.loadAverage1)}, waiting for CPU
    ${formatShare(host.cpuPressureShare)} and for disk ${formatShare(host.ioPressureShare)} of the time. Generator:
    ${formatMs(generator.latenessMsP99)} late at p99, ${formatNumber(generator.unsent)} unsent.
  </p>`;
}

function databaseBlock(database: DatabaseActivity): Html {
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

function loadFacts(scenario: ScenarioResult): Html {
  const { load } = scenario;
  return facts([
    [
      "Model",
      load.model === "open" ? "open: sends do not wait for answers" : "closed: each sender waits for its answer",
    ],
    ["Measured", `${formatDuration(load.durationMs)} after ${formatDuration(load.warmupMs)} of warm-up`],
    ["Body", prose(load.payload)],
    ["In flight", `at most ${formatNumber(load.inFlightMax)}`],
    ...(load.senders === 0 ? [] : [["Senders", formatNumber(load.senders)] as const]),
    ["Subscribers", formatNumber(load.subscribers)],
  ]);
}

function rawFigures(scenario: ScenarioResult): Html {
  return html`<details class="raw">
    <summary>Raw figures of this scenario</summary>
    ${scenario.artifacts.length === 0 ? null : html`<p>Full series: ${scenario.artifacts.map((file, index) => html`${index === 0 ? null : ", "}<code>${file}</code>`)}</p>`}
    <pre tabindex="0">${JSON.stringify(scenario, null, 2)}</pre>
  </details>`;
}
