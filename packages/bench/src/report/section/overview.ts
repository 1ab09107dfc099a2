import type { BenchResult } from "../../result/result.ts";
import { drawSparkline } from "../chart/plot.ts";
import { formatNumber, NO_FIGURE } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { statusBadge, table } from "../markup.ts";
import { formatFailures, formatPercentile, shownThroughput } from "../story.ts";
import { scenarioAnchor } from "./anchor.ts";

/** Every scenario in a line. */
export function overviewTable(result: BenchResult): Html {
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
