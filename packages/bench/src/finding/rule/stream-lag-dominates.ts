import { largest, phaseOf } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

const SHARE_MAX = 0.6;
const MEAN_MS_MIN = 50;

export const streamLagDominates: Rule = {
  name: "stream-lag-dominates",
  looksFor: "Log lines that reach viewers long after the run.",
  advice: {
    area: "code",
    change:
      "Encode each line once for all viewers, and combine lines that are ready within a few milliseconds into one write per connection. Let viewers that read too slowly catch up from the journal.",
    expectedEffect:
      "Lines arrive sooner, and each line costs less CPU per viewer. Combining lines adds a few milliseconds.",
    effort: "medium",
    risk: "low",
  },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const slow = scenarios.flatMap((scenario) => {
      const phase = phaseOf(scenario, ["stream"]);
      return phase.share >= SHARE_MAX && phase.meanMs >= MEAN_MS_MIN ? [{ scenario, phase }] : [];
    });
    if (slow.length === 0) return null;
    return {
      severity: "warning",
      title: "The live log lags behind the runs",
      evidence: slow.flatMap(({ scenario, phase }): Evidence[] => [
        { scenario: scenario.name, metric: "phases.stream share", value: phase.share, limit: SHARE_MAX },
        { scenario: scenario.name, metric: "phases.stream meanMs", value: phase.meanMs, limit: MEAN_MS_MIN },
        { scenario: scenario.name, metric: "load.subscribers", value: scenario.load.subscribers },
      ]),
      cause:
        "The process that runs the workflows also writes each log line to each viewer's connection. Many small writes cost more than the runs themselves.",
      effect: { share: largest(slow.map(({ phase }) => phase.share)), of: "the time to the last line" },
    };
  },
};
