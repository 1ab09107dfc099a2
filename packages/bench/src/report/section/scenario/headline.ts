import type { ScenarioResult } from "../../../result/result.ts";
import { formatMsFigure, formatNumber, formatShare } from "../../format.ts";
import type { Html, HtmlValue } from "../../html.ts";
import { withInterval } from "../../interval.ts";
import { facts } from "../../markup.ts";
import { errorCount, formatFailures, formatPercentile, shownThroughput } from "../../story.ts";
import { roofName } from "../roofs.ts";

/** The figures of a scenario that are looked for first. */
export function headline(scenario: ScenarioResult): Html {
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
        : withInterval(
            `${formatNumber(throughput.completedPerSecond)}/s`,
            scenario,
            "throughput.completedPerSecond",
            formatNumber,
          ),
    ],
    ["Answer p50", withInterval(formatPercentile(ack, "p50Ms"), scenario, "latency.ack.p50Ms", formatMsFigure)],
    ["Answer p99", withInterval(formatPercentile(ack, "p99Ms"), scenario, "latency.ack.p99Ms", formatMsFigure)],
    ["End to end p99", withInterval(formatPercentile(done, "p99Ms"), scenario, "latency.done.p99Ms", formatMsFigure)],
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
    ...Object.entries(scenario.roofShare ?? {}).map(([roof, share]): [string, HtmlValue] => [
      `Of ${roofName(roof)}`,
      withInterval(formatShare(share), scenario, `roofShare.${roof}`, formatShare),
    ]),
  ]);
}
