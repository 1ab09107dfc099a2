import type { ScenarioResult } from "../../../result/result.ts";
import { formatMsFigure, formatNumber } from "../../format.ts";
import type { Html } from "../../html.ts";
import { withInterval } from "../../interval.ts";
import { table } from "../../markup.ts";
import { formatPercentile, NO_ANSWER } from "../../story.ts";

/** Every distribution with its percentiles. */
export function latencyTable(scenario: ScenarioResult): Html {
  return table(
    ["ms", "Samples", "Failed", "Mean", "p50", "p90", "p95", "p99", "p99.9", "Max"],
    Object.entries(scenario.latency).map(([name, latency]) => [
      name,
      formatNumber(latency.count),
      formatNumber(latency.failed),
      withInterval(
        latency.failed > 0 ? NO_ANSWER : formatMsFigure(latency.meanMs),
        scenario,
        `latency.${name}.meanMs`,
        formatMsFigure,
      ),
      ...(["p50Ms", "p90Ms", "p95Ms", "p99Ms", "p999Ms"] as const).map((percentile) =>
        withInterval(
          formatPercentile(latency, percentile, formatMsFigure),
          scenario,
          `latency.${name}.${percentile}`,
          formatMsFigure,
        ),
      ),
      latency.failed > 0 ? NO_ANSWER : formatMsFigure(latency.maxMs),
    ]),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
}
