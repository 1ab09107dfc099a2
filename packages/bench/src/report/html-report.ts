import { readFileSync } from "node:fs";
import type { BenchResult, ScenarioResult } from "../result/result.ts";
import { drawSparkline } from "./chart/plot.ts";
import { findingsSection } from "./findings-section.ts";
import { formatBytes, formatDuration, formatMs, formatNumber, formatShare, formatTime, NO_FIGURE } from "./format.ts";
import { Html, html } from "./html.ts";
import { facts, prose, statusBadge, statusSign, table } from "./markup.ts";
import { method } from "./method.ts";
import { roofName, scenarioSection } from "./scenario-section.ts";
import { formatFailures, formatPercentile, shownThroughput, tellStory } from "./story.ts";
import type { Story } from "./story.ts";

/**
 * Writes the report as one page: no script, no network, light and dark, for screen and print.
 *
 * Everything in the result is taken as untrusted text and escaped; the page's own policy forbids scripts and requests
 * besides.
 */
export function renderHtmlReport(result: BenchResult): string {
  const story = tellStory(result);
  const title = `${story.verdict}: MeshHook benchmark, ${result.suite}, ${formatTime(result.startedAtMs)}`;
  return html`${doctype}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${styleSheet()}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">Skip to the verdict</a>
        ${topBar(result)}
        <div class="frame">
          ${contents(result)}
          <main id="content">
            ${opening(result, story)}
            <section id="scenarios">
              <h2>Scenarios</h2>
              ${overviewTable(result)}
            </section>
            <section id="findings">
              <h2>Findings and recommendations</h2>
              ${findingsSection(result.findings)}
            </section>
            <section id="details">
              <h2>Scenario by scenario</h2>
              ${result.scenarios.map((scenario, index) => scenarioSection(scenario, scenarioAnchor(index)))}
            </section>
            <section id="roofs">
              <h2>What this machine can do at most</h2>
              ${roofs(result)}
            </section>
            <section id="environment">
              <h2>Environment</h2>
              ${environment(result)}
            </section>
            <section id="method">
              <h2>Method</h2>
              <div class="prose">
                ${method.map(
                  ({ heading, text }) =>
                    html`<h3>${heading}</h3>
                      <p>${text}</p>`,
                )}
              </div>
            </section>
            <section id="record">
              <h2>Record</h2>
              ${record(result)}
            </section>
          </main>
        </div>
      </body>
    </html> `.text;
}

const doctype = new Html("<!doctype html>\n");

/** Part of the source, not data; it cannot contain `</style>`. */
function styleSheet(): Html {
  return new Html(readFileSync(new URL("./report.css", import.meta.url), "utf8"));
}

function scenarioAnchor(index: number): string {
  return `scenario-${index + 1}`;
}

function topBar(result: BenchResult): Html {
  return html`<header class="top">
    <div class="top-inner">
      <span class="brand"
        ><svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 18V8a4 4 0 0 1 8 0v8a4 4 0 0 0 8 0V6" />
          <circle cx="4" cy="19" r="2" />
          <circle cx="20" cy="5" r="2" /></svg
        >MeshHook <span class="muted">benchmark</span></span
      >
      <span class="muted top-suite">${result.suite} · ${formatTime(result.startedAtMs)}</span>
      <fieldset class="theme">
        <legend>Theme</legend>
        ${[
          ["auto", "Auto"],
          ["light", "Light"],
          ["dark", "Dark"],
        ].map(
          ([id, label]) =>
            html`<label
              ><input
                type="radio"
                name="theme"
                id="theme-${id ?? ""}"
                ${id === "auto" ? html` checked` : null}
              />${label ?? ""}</label
            >`,
        )}
      </fieldset>
    </div>
  </header>`;
}

function contents(result: BenchResult): Html {
  return html`<nav class="contents" aria-label="Contents">
    <ol>
      <li><a href="#content">Verdict</a></li>
      <li><a href="#scenarios">Scenarios</a></li>
      <li>
        <a href="#findings"
          >Findings${result.findings.length === 0 ? null : html` <span class="count">${result.findings.length}</span>`}</a
        >
      </li>
      <li>
        <a href="#details">Scenario by scenario</a>
        <ol>
          ${result.scenarios.map((scenario, index) => html`<li><a href="#${scenarioAnchor(index)}">${scenario.status === "passed" ? null : html`<span class="${scenario.status === "failed" ? "bad" : "warn"}" title="${scenario.status}">${statusSign(scenario.status)}</span> `}${scenario.title}</a></li>`)}
        </ol>
      </li>
      <li><a href="#roofs">Roofs</a></li>
      <li><a href="#environment">Environment</a></li>
      <li><a href="#method">Method</a></li>
      <li><a href="#record">Record</a></li>
    </ol>
  </nav>`;
}

function opening(result: BenchResult, story: Story): Html {
  return html`<section class="opening opening-${result.verdict}">
    <h1><span class="verdict-sign" aria-hidden="true">${statusSign(result.verdict)}</span>${story.verdict}</h1>
    <p class="lede">${story.next}</p>
    <p class="summary">${story.summary}</p>
    ${story.durabilityLabel === null ? null : html`<p class="notice notice-bad">${story.durabilityLabel}</p>`}
    ${
      story.reasons.length === 0
        ? null
        : html`<div class="failing">
            <h2>What did not pass, and what to do next</h2>
            ${table(
              ["Scenario", "Verdict", "Why", "Next step"],
              story.reasons.map(({ scenario, reason }) => [
                html`<a href="#${scenarioAnchor(result.scenarios.indexOf(scenario))}">${scenario.title}</a>`,
                statusBadge(reason.verdict),
                prose(reason.text),
                prose(reason.next),
              ]),
              [],
            )}
          </div>`
    }
    ${story.uncleanScenarios.map((scenario) => html`<p class="notice notice-bad"><b>${scenario.title}:</b> the audit is not clean (${auditFaults(scenario)}). No throughput is shown.</p>`)}
    <dl class="key-figures">
      ${story.keyFigures.map(
        (figure) =>
          html`<div>
            <dt>${figure.label}</dt>
            <dd>${figure.value}<span>${figure.note}</span></dd>
          </div>`,
      )}
    </dl>
    <p class="muted">
      MeshHook ${result.environment.meshhook} · PostgreSQL ${result.environment.postgres.version} · Node
      ${result.environment.node} · ${formatNumber(result.environment.host.cores)} × ${result.environment.host.cpuModel}
      ·
      ${formatDuration(result.finishedAtMs - result.startedAtMs)}${result.commit === null ? null : html` · <code>${result.commit.revision.slice(0, 10)}${result.commit.isDirty ? "+changes" : null}</code>`}
    </p>
  </section>`;
}

function auditFaults({ audit }: ScenarioResult): string {
  const faults = [
    ["lost", audit.lost],
    ["duplicated", audit.duplicated],
    ["out of order", audit.outOfOrder],
    ["stuck", audit.stuck],
    ["phantom", audit.phantom],
    ["effects missing", audit.effectsMissing],
    ["effects unexpected", audit.effectsUnexpected],
    ["effects wrong", audit.effectsWrong],
    ["before their commit", audit.beforeCommit],
    ["results wrong", audit.resultsWrong],
  ] as const;
  return (
    faults
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${formatNumber(count)} ${name}`)
      .join(", ") || "see the audit's details"
  );
}

function overviewTable(result: BenchResult): Html {
  return table(
    [
      "Scenario",
      "Verdict",
      "Offered → completed",
      "Answer p50 / p99",
      "End to end p99",
      "Not accepted",
      "Audit",
      "Answered per second",
    ],
    result.scenarios.map((scenario, index) => {
      const throughput = shownThroughput(scenario);
      const { ack, done } = scenario.latency;
      const offered =
        scenario.load.ratePerSecond === null ? "closed" : `${formatNumber(scenario.load.ratePerSecond)}/s`;
      return [
        html`<a href="#${scenarioAnchor(index)}">${scenario.title}</a>`,
        statusBadge(scenario.status),
        `${offered} → ${throughput === null ? NO_FIGURE : `${formatNumber(throughput.completedPerSecond)}/s`}`,
        `${formatPercentile(ack, "p50Ms")} / ${formatPercentile(ack, "p99Ms")}`,
        formatPercentile(done, "p99Ms"),
        scenario.answers.failed === 0 ? "0" : html`<b>${formatFailures(scenario)}</b>`,
        scenario.audit.isClean ? html`<span class="good">✓ clean</span>` : html`<b class="bad">✗ not clean</b>`,
        throughput === null
          ? html`<span class="muted">not shown</span>`
          : drawSparkline(
              scenario.series.map((point) => point.acked),
              `Answered per second in ${scenario.title}`,
            ),
      ];
    }),
    [2, 3, 4, 5],
  );
}

function roofs(result: BenchResult): Html {
  const shares = result.scenarios.filter((scenario) => scenario.roofShare !== null && scenario.audit.isClean);
  const rows: readonly (readonly [roof: string, perSecond: number, label: string])[] = [
    ["copyRows", result.roofs.copyRowsPerSecond, "Rows written by COPY into a table like the journal"],
    ["commits", result.roofs.commitsPerSecond, "Commits with one row each"],
    ["rawHttp", result.roofs.rawHttpPerSecond, "Answers of a bare HTTP server"],
  ];
  return html`<p class="prose">
      Each roof was measured on this machine on its own, right before the first saturating scenario. A share says how
      much of the roof a saturated MeshHook reached while sharing the machine with its database and the load generator.
    </p>
    ${table(
      ["Roof", "Per second", ...shares.map((scenario) => `Share in ${scenario.name}`)],
      rows.map(([roof, perSecond, label]) => [
        html`${label} <span class="muted">(${roofName(roof)})</span>`,
        formatNumber(perSecond),
        ...shares.map((scenario) => formatShare(scenario.roofShare?.[roof])),
      ]),
      [1, ...shares.map((_, index) => index + 2)],
    )}
    <p class="muted">
      Load generator, sending to a target that does nothing: ${formatNumber(result.calibration.ceilingPerSecond)}
      requests/s at most, ${formatNumber(result.calibration.cpuUsPerRequest)} µs of CPU each,
      ${formatMs(result.calibration.latenessMsP99)} late at p99.
    </p>`;
}

function environment(result: BenchResult): Html {
  const { host, postgres, ...rest } = result.environment;
  return html`${facts([
      [
        "Processor",
        `${formatNumber(host.cores)} × ${host.cpuModel}${host.isVirtual === true ? ", virtual machine" : ""}`,
      ],
      ["Memory", formatBytes(host.memoryBytes)],
      ["System", `${host.os}, kernel ${host.kernel}`],
      [
        "Disk, 8 kB write + fdatasync",
        rest.fdatasyncUsP50 === null ? "not measured" : `${formatNumber(rest.fdatasyncUsP50)} µs (median)`,
      ],
      ["MeshHook", rest.meshhook],
      ["Node", rest.node],
      ["PostgreSQL", postgres.version],
      ["Durability", `fsync ${rest.fsync ? "on" : "off"}, synchronous_commit ${rest.synchronousCommit}`],
      ["Fingerprint", html`<code class="wrap">${rest.fingerprint}</code>`],
    ])}
    <details>
      <summary>PostgreSQL settings</summary>
      ${table(
        ["Setting", "Value"],
        Object.entries(postgres.settings).map(([name, value]) => [html`<code>${name}</code>`, value]),
        [],
      )}
    </details>`;
}

function record(result: BenchResult): Html {
  return html`<p>To repeat the measurement, run:</p>
    <pre tabindex="0">${result.command}</pre>
    ${facts([
      ["Run", result.id],
      [
        "Commit",
        result.commit === null
          ? "not in a checkout"
          : html`<code class="wrap">${result.commit.revision}</code
              >${result.commit.isDirty ? " with uncommitted changes" : null}`,
      ],
      ["Seed", String(result.seed)],
      ["Started", formatTime(result.startedAtMs)],
      ["Duration", formatDuration(result.finishedAtMs - result.startedAtMs)],
      ["Schema", `version ${result.schemaVersion}`],
    ])}
    <h3>Deviations from the plan</h3>
    ${
      result.deviations.length === 0
        ? html`<p>None.</p>`
        : html`<ul>
            ${result.deviations.map((deviation) => html`<li>${deviation}</li>`)}
          </ul>`
    }
    <p class="muted">All figures on this page are in <code>result.json</code> in the same folder.</p>`;
}
