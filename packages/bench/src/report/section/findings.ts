import type { Finding } from "../../result/result.ts";
import { countOf, formatNumber, formatTime } from "../format.ts";
import { html } from "../html.ts";
import type { Html, HtmlValue } from "../html.ts";
import { prose, table } from "../markup.ts";
import { findingAnchor } from "./anchor.ts";

/** What came of trying a recommendation, as far as a report shows it. */
export interface RetestOutcome {
  /** The finding's id. */
  readonly finding: string;
  readonly outcome: "confirmed" | "refuted" | "inconclusive";
  /** In a sentence with figures. */
  readonly text: string;
  readonly pairs: number;
  readonly startedAtMs: number;
}

/** Findings with their evidence and recommendation, in the order of their rank, each with its latest re-test. */
export function findingsSection(findings: readonly Finding[], retests: readonly RetestOutcome[]): Html {
  if (findings.length === 0) {
    return html`<p>None. No rule found a bottleneck, wasted work or a reason to distrust the figures.</p>`;
  }
  const latest = new Map(
    retests.toSorted((a, b) => a.startedAtMs - b.startedAtMs).map((retest) => [retest.finding, retest] as const),
  );
  return html`${rankTable(findings, latest)}${findings.map((finding, index) => findingCard(finding, index, latest.get(finding.id)))}`;
}

function rankTable(findings: readonly Finding[], latest: ReadonlyMap<string, RetestOutcome>): Html {
  return table(
    ["Rank", "Finding", "Area", "Effort", "Risk", "Re-test"],
    findings.map(({ id, title, recommendation }, index) => [
      index + 1,
      html`<a href="#${findingAnchor(id)}">${title}</a>`,
      recommendation.area,
      recommendation.effort,
      recommendation.risk,
      retestStatus(latest.get(id), recommendation),
    ]),
    [0],
  );
}

/** Without a knob there is nothing that a re-test could turn. */
function retestStatus(retest: RetestOutcome | undefined, { experiment }: Finding["recommendation"]): HtmlValue {
  if (retest === undefined) return experiment === null ? "not a setting" : "not re-tested";
  const { sign, tone } = RETEST_MARKS[retest.outcome];
  return html`<span class="badge badge-${tone}"><span aria-hidden="true">${sign}</span> ${retest.outcome}</span>`;
}

const RETEST_MARKS = {
  confirmed: { sign: "✓", tone: "good" },
  refuted: { sign: "✗", tone: "bad" },
  inconclusive: { sign: "?", tone: "warn" },
} as const;

/** More rows than this would stand between the findings. */
const EVIDENCE_OPEN = 6;

function findingCard(finding: Finding, index: number, retest: RetestOutcome | undefined): Html {
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
    ${retest === undefined ? null : html`<p><b>Re-tested.</b> ${retestStatus(retest, recommendation)} in ${countOf(retest.pairs, "interleaved pair")}, ${formatTime(retest.startedAtMs)}: ${prose(retest.text)}</p>`}
    <details ${finding.evidence.length <= EVIDENCE_OPEN ? html`open` : null}>
      <summary>Evidence: ${countOf(finding.evidence.length, "figure")}</summary>
      ${evidenceTable(finding)}
    </details>
  </article>`;
}

function evidenceTable({ evidence }: Finding): Html {
  return table(
    ["Scenario", "Metric", "Value", "Limit"],
    evidence.map((row) => [
      row.scenario,
      html`<code>${row.metric}</code>`,
      figure(row.value),
      row.limit === undefined ? "" : figure(row.limit),
    ]),
    [],
  );
}

function figure(value: number | string): string {
  return typeof value === "number" ? formatNumber(value) : value;
}
