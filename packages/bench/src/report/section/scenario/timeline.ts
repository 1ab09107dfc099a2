import type { ScenarioResult } from "../../../result/result.ts";
import { cpuPlot, latencySeriesPlot, ratePlot } from "../../chart/series-plot.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";

/** Load, latency and CPU second by second. */
export function timeline(scenario: ScenarioResult): Html | null {
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
