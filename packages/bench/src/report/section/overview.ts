import type { BenchResult, ScenarioResult } from "../../result/result.ts";
import { rangeBar } from "../chart/range-bar.ts";
import { logScale } from "../chart/scale.ts";
import type { BoundedScale } from "../chart/scale.ts";
import { formatMs, formatMsFigure, formatNumber, NO_FIGURE } from "../format.ts";
import { html } from "../html.ts";
import type { Html, HtmlValue } from "../html.ts";
import { withInterval } from "../interval.ts";
import { statusBadge, table } from "../markup.ts";
import { formatFailures, formatPercentile, shownThroughput } from "../story.ts";
import { scenarioAnchor } from "./anchor.ts";

/** Every scenario in a line, its latency on an axis that all of them share. */
export function overviewTable(result: BenchResult): Html {
  const scale = sharedScale(result.scenarios);
  return html`${table(
    [
      "Scenario",
      "Verdict",
      "Completed",
      "Answer p50",
      "Answer p99",
      ...(scale === null ? [] : [`p50 to p99, log axis ${formatMs(scale.low)} to ${formatMs(scale.high)}`]),
      "End to end p99",
      "Not accepted",
      "Audit",
    ],
    result.scenarios.map((scenario, index): readonly HtmlValue[] => {
      const { ack, done } = scenario.latency;
      return [
        html`<a href="#${scenarioAnchor(index)}">${scenario.title}</a>`,
        statusBadge(scenario.status),
        completed(scenario),
        withInterval(formatPercentile(ack, "p50Ms"), scenario, "latency.ack.p50Ms", formatMsFigure),
        withInterval(formatPercentile(ack, "p99Ms"), scenario, "latency.ack.p99Ms", formatMsFigure),
        ...(scale === null ? [] : [latencyRange(scenario, scale)]),
        withInterval(formatPercentile(done, "p99Ms"), scenario, "latency.done.p99Ms", formatMsFigure),
        scenario.answers.failed === 0 ? "0" : html`<b>${formatFailures(scenario)}</b>`,
        scenario.audit.isClean ? html`<span class="good">✓ clean</span>` : html`<b class="bad">✗ not clean</b>`,
      ];
    }),
    [],
  )}
  ${scale === null ? null : html`<p class="muted">The bar from p50 to p99 lies over the range of p99; the upright stroke is the limit of p99. Small figures are ranges over the blocks.</p>`}`;
}

function completed(scenario: ScenarioResult): HtmlValue {
  const throughput = shownThroughput(scenario);
  const { ratePerSecond } = scenario.load;
  const offered = ratePerSecond === null ? "closed loop" : `of ${formatNumber(ratePerSecond)}/s`;
  if (throughput === null) return html`${NO_FIGURE} <span class="interval">${offered}</span>`;
  return html`${formatNumber(throughput.completedPerSecond)}/s <span class="interval">${offered}</span>`;
}

function sharedScale(scenarios: readonly ScenarioResult[]): BoundedScale | null {
  const values = scenarios.flatMap((scenario) => {
    const { ack } = scenario.latency;
    return [ack?.p50Ms ?? 0, ack?.p99Ms ?? 0, limitOf(scenario) ?? 0].filter((value) => value > 0);
  });
  return values.length === 0 ? null : logScale(Math.min(...values), Math.max(...values));
}

function latencyRange(scenario: ScenarioResult, scale: BoundedScale): Html {
  const { ack } = scenario.latency;
  const limit = limitOf(scenario);
  return rangeBar(
    {
      from: ack?.p50Ms ?? null,
      to: ack?.p99Ms ?? null,
      interval: scenario.intervals?.["latency.ack.p99Ms"] ?? null,
      limit,
      description: `${scenario.title}: p50 ${formatPercentile(ack, "p50Ms")}, p99 ${formatPercentile(ack, "p99Ms")}, ${limit === null ? "no limit" : `limit ${formatMs(limit)}`}`,
    },
    scale,
  );
}

/** Of p99 of the answer. */
function limitOf({ thresholds }: ScenarioResult): number | null {
  for (const { expression } of thresholds) {
    const found = /^latency\.ack\.p99Ms <=? (\d[\d.]*)$/.exec(expression);
    if (found !== null) return Number(found[1]);
  }
  return null;
}
