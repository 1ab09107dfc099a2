import { isNominal, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Two in a hundred: below that the ends of the window explain it. */
const SHORTFALL_MAX = 0.02;

export const completionLagsIntake: Rule = {
  name: "completion-lags-intake",
  looksFor: "Runs that are accepted faster than they end: a growing backlog.",
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const lagging = scenarios.filter(isNominal).flatMap((scenario) => {
      const { throughput } = scenario;
      if (throughput === null || throughput.ackedPerSecond === 0) return [];
      const shortfall = 1 - throughput.completedPerSecond / throughput.ackedPerSecond;
      return shortfall > SHORTFALL_MAX ? [{ scenario, throughput, shortfall }] : [];
    });
    const [first] = lagging;
    if (first === undefined) return null;
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
        "Intake is answered as soon as the delivery is durable; what follows (outside calls, appends of results) does not keep up, so the backlog and the end-to-end time grow for as long as the load lasts.",
      recommendation: {
        area: "architecture",
        change:
          "Bound intake by the backlog (answer 429 earlier), raise the number of calls in flight if targets allow, and add a process where the CPU is the limit.",
        expectedEffect: "End-to-end time stops growing with the length of the load; memory stays bounded.",
        effort: "medium",
        risk: "medium",
        experiment: experimentOf(first.scenario.name),
      },
      effect: { share: largest(lagging.map(({ shortfall }) => shortfall)), of: "the accepted runs" },
    };
  },
};

function experimentOf(name: string): string {
  return `npm run bench -- --scenarios ${name} --duration-scale 4`;
}
