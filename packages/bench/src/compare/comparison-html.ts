import { forestPlot } from "../report/chart/forest-plot.ts";
import type { ForestRow } from "../report/chart/forest-plot.ts";
import { NO_FIGURE } from "../report/format.ts";
import { html } from "../report/html.ts";
import type { Html } from "../report/html.ts";
import { prose } from "../report/markup.ts";
import { page } from "../report/page/shell.ts";
import { topBar } from "../report/page/top-bar.ts";
import type { ComparisonReport, FigureComparison, ScenarioComparison } from "./comparison-report.ts";
import { changeOf, headline, hintOf, sideText } from "./comparison-text.ts";
import { formatChange, formatFigure } from "./figure-format.ts";

/** The comparison as one page that needs nothing but itself: the verdict, then every figure with its interval. */
export function comparisonHtml(report: ComparisonReport): string {
  return page({
    title: `${headline(report)}: MeshHook benchmark`,
    skip: "Skip to the verdict",
    top: topBar("comparison"),
    contents: contents(report),
    main: html`<section class="opening opening-${TONES[report.verdict]}">
        <h1><span class="verdict-sign" aria-hidden="true">${SIGNS[report.verdict]}</span>${NAMES[report.verdict]}</h1>
        <p class="lede">${headline(report)}.</p>
        <dl class="facts">
          <div>
            <dt>Baseline</dt>
            <dd>${sideText(report.baseline)}</dd>
          </div>
          <div>
            <dt>Candidate</dt>
            <dd>${sideText(report.candidate)}</dd>
          </div>
          <div>
            <dt>Arrangement</dt>
            <dd>${report.arrangement}.${hintOf(report)}</dd>
          </div>
        </dl>
      </section>
      ${report.scenarios.map(scenarioSection)}`,
  });
}

const SIGNS = { better: "✓", same: "=", worse: "✗", inconclusive: "?" } as const;
const NAMES = { better: "Better", same: "The same", worse: "Worse", inconclusive: "Inconclusive" } as const;
const TONES = { better: "passed", same: "passed", worse: "failed", inconclusive: "inconclusive" } as const;

function contents({ scenarios }: ComparisonReport): Html {
  return html`<nav class="contents" aria-label="Contents">
    <ol>
      <li><a href="#content">Verdict</a></li>
      ${scenarios.map(({ title, verdict }, index) => html`<li><a href="#scenario-${index + 1}">${SIGNS[verdict]} ${title}</a></li>`)}
    </ol>
  </nav>`;
}

function scenarioSection({ name, title, verdict, why, figures }: ScenarioComparison, index: number): Html {
  return html`<section id="scenario-${index + 1}">
    <h2>${title}</h2>
    <p>
      ${verdictBadge(verdict)} <code class="scenario-name">${name}</code>
      ${why === null ? null : prose(why)}
    </p>
    ${figures.length === 0 ? null : forestPlot(titleOf(figures), figures.map(rowOf))}
  </section>`;
}

/** `2 of 14 figures worse, 11 the same`. */
function titleOf(figures: readonly FigureComparison[]): string {
  const counts = (["worse", "better", "same", "inconclusive"] as const).flatMap((wanted) => {
    const count = figures.filter(({ verdict }) => verdict === wanted).length;
    return count === 0 ? [] : [`${String(count)} ${WORDS[wanted]}`];
  });
  return `Of ${String(figures.length)} figures: ${counts.join(", ")}`;
}

const WORDS = { better: "better", same: "the same", worse: "worse", inconclusive: "open" } as const;

function rowOf(figure: FigureComparison): ForestRow {
  const { label, unit, ratio, verdict, why, isBetter } = figure;
  // To the right is better, whichever way the figure itself goes.
  const turned =
    ratio === null || isBetter === "higher"
      ? ratio
      : { estimate: 1 / ratio.estimate, low: inverse(ratio.high), high: inverse(ratio.low) };
  return {
    name: label,
    before: formatFigure(unit, figure.baseline),
    after: formatFigure(unit, figure.candidate),
    change:
      ratio === null
        ? NO_FIGURE
        : html`${formatChange(ratio.estimate)}${ratio.low === null || ratio.high === null ? null : html` <span class="interval">${formatChange(ratio.low)} to ${formatChange(ratio.high)}</span>`}`,
    verdict: html`${verdictBadge(verdict)}${why === null ? null : html` <span class="why">${why}</span>`}`,
    tone: verdict === "inconclusive" ? "open" : verdict,
    ratio: turned,
    description: `${label}: ${changeOf(figure)}, ${WORDS[verdict]}`,
  };
}

function inverse(ratio: number | null): number | null {
  return ratio === null || ratio <= 0 ? null : 1 / ratio;
}

function verdictBadge(verdict: FigureComparison["verdict"]): Html {
  const tone = { better: "good", same: "good", worse: "bad", inconclusive: "warn" }[verdict];
  return html`<span class="badge badge-${tone}"
    ><span aria-hidden="true">${SIGNS[verdict]}</span> ${WORDS[verdict]}</span
  >`;
}
