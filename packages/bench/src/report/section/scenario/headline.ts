import type { ScenarioResult } from "../../../result/result.ts";
import { formatNumber, formatShare } from "../../format.ts";
import type { Html } from "../../html.ts";
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
        : `${formatNumber(throughput.completedPerSecond)}/s`,
    ],
    ["Answer p50 / p99", `${formatPercentile(ack, "p50Ms")} / ${formatPercentile(ack, "p99Ms")}`],
    ["End to end p99", formatPercentile(done, "p99Ms")],
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
    ...Object.entries(scenario.roofShare ?? {}).map(([roof, share]): [string, string] => [
      `Of ${roofName(roof)}`,
      formatShare(share),
    ]),
  ]);
}
