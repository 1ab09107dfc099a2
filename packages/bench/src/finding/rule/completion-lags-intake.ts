import type { ScenarioResult } from "../../result/result.ts";
import { isNominal, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Two in a hundred: below that the ends of the window explain it. */
const SHORTFALL_MAX = 0.02;

/** Of runs that take long, such as those whose target fails, a part has not ended when a block does, and no backlog grows. */
function underWayAtTheEnd({ latency: { done }, load, blocks }: ScenarioResult): number {
  const blockMs = load.durationMs / Math.max(1, blocks?.length ?? 1);
  return (done?.meanMs ?? done?.p90Ms ?? 0) / Math.max(1, blockMs);
}

export const completionLagsIntake: Rule = {
  name: "completion-lags-intake",
  looksFor: "Runs that are accepted faster than they end, so that a backlog grows.",
  advice: {
    area: "architecture",
    change:
      "Limit intake by the backlog (refuse webhooks earlier), allow more calls in flight if the targets can take them, and add a process if CPU is the limit.",
    expectedEffect: "End-to-end time no longer grows with the length of the load, and memory stays bounded.",
    effort: "medium",
    risk: "medium",
  },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const lagging = scenarios.filter(isNominal).flatMap((scenario) => {
      const { throughput } = scenario;
      if (throughput === null || throughput.ackedPerSecond === 0) return [];
      const shortfall = 1 - throughput.completedPerSecond / throughput.ackedPerSecond;
      return shortfall > SHORTFALL_MAX + underWayAtTheEnd(scenario) ? [{ scenario, throughput, shortfall }] : [];
    });
    if (lagging.length === 0) return null;
    return {
      severity: "critical",
      title: "Runs end more slowly than webhooks are accepted",
      evidence: lagging.map(({ scenario, throughput }) => ({
        scenario: scenario.name,
        metric: "throughput.completedPerSecond",
        value: throughput.completedPerSecond,
        limit: throughput.ackedPerSecond,
      })),
      cause:
        "A webhook is answered as soon as its delivery is durable. The steps that follow (HTTP calls, writing results) do not keep up, so the backlog and the end-to-end time grow as long as the load lasts.",
      effect: { share: largest(lagging.map(({ shortfall }) => shortfall)), of: "the accepted runs" },
    };
  },
};
