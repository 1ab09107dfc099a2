import type { BenchResult, ScenarioResult } from "../../result/result.ts";
import { formatDuration, formatNumber } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { statusSign } from "../markup.ts";
import type { Story } from "../story.ts";

/** The verdict and what it rests on. */
export function opening(result: BenchResult, story: Story): Html {
  return html`<section class="opening opening-${result.verdict}">
    <h1><span class="verdict-sign" aria-hidden="true">${statusSign(result.verdict)}</span>${story.verdict}</h1>
    <p class="lede">${story.next}</p>
    <p class="summary">${story.summary}</p>
    ${story.durabilityLabel === null ? null : html`<p class="notice notice-bad">${story.durabilityLabel}</p>`}
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
