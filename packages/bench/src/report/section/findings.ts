import type { Finding } from "../../result/result.ts";
import { formatNumber } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { prose, table } from "../markup.ts";
import { findingAnchor } from "./anchor.ts";

/** Findings with their evidence and recommendation, in the order of their rank. */
export function findingsSection(findings: readonly Finding[]): Html {
  if (findings.length === 0) {
    return html`<p>None. No rule found a bottleneck, wasted work or a reason to distrust the figures.</p>`;
  }
  return html`${rankTable(findings)}${findings.map(findingCard)}`;
}

function rankTable(findings: readonly Finding[]): Html {
  return table(
    ["Rank", "Finding", "Area", "Effort", "Risk"],
    findings.map(({ id, title, recommendation }, index) => [
      index + 1,
      html`<a href="#${findingAnchor(id)}">${title}</a>`,
      recommendation.area,
      recommendation.effort,
      recommendation.risk,
    ]),
    [0],
  );
}

function findingCard(finding: Finding, index: number): Html {
  const { recommendation } = finding;
  return html`<article class="finding finding-${finding.severity}" id="${findingAnchor(finding.id)}">
    <header>
      <h3>${index + 1}. ${finding.title}</h3>
      <span class="severity">${finding.severity}</span>
    </header>
    <p>${prose(finding.cause)}</p>
    <p><b>Change in ${recommendation.area}.</b> ${prose(recommendation.change)}</p>
    <p><b>Expected effect.</b> ${prose(recommendation.expectedEffect)}</p>
    <p class="muted">
      Effort ${recommendation.effort} · risk ${recommendation.risk} · rank ${formatNumber(recommendation.rank)}
      (${recommendation.rankReason})
    </p>
    ${recommendation.experiment === null ? null : html`<p class="experiment"><span>Try it</span><code>${recommendation.experiment}</code></p>`}
    ${table(
      ["Scenario", "Metric", "Value", "Limit"],
      finding.evidence.map((row) => [
        row.scenario,
        html`<code>${row.metric}</code>`,
        figure(row.value),
        row.limit === undefined ? "" : figure(row.limit),
      ]),
      [],
    )}
  </article>`;
}

function figure(value: number | string): string {
  return typeof value === "number" ? formatNumber(value) : value;
}
