import { isNominal, largest, phaseOf } from "../rule.ts";
import type { Rule } from "../rule.ts";

const SHARE_MIN = 0.7;
/** A target that answers within this is not what anybody waits for. */
const P50_MS_MIN = 100;

export const targetDominates: Rule = {
  name: "target-dominates",
  looksFor: "Runs that spend most of their time waiting for the services that they call.",
  advice: {
    area: "architecture",
    change:
      "Let calls that do not depend on each other run in parallel branches, give each call a `timeoutMs` a little above what its target usually takes, and make the target faster or move it closer. More MeshHook does not help.",
    expectedEffect:
      "Runs end sooner by the calls that now overlap. The time to the answer, and the cost per run, do not change.",
    effort: "medium",
    risk: "low",
  },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const slow = scenarios.filter(isNominal).flatMap((scenario) => {
      const phase = phaseOf(scenario, ["call and end"]);
      return phase.share >= SHARE_MIN && phase.p50Ms >= P50_MS_MIN ? [{ scenario, phase }] : [];
    });
    if (slow.length === 0) return null;
    return {
      severity: "info",
      title: "Most of the time of a run is spent in the services it calls",
      evidence: slow.flatMap(({ scenario, phase }) => [
        { scenario: scenario.name, metric: "phases.call and end share", value: phase.share, limit: SHARE_MIN },
        { scenario: scenario.name, metric: "phases.call and end p50Ms", value: phase.p50Ms, limit: P50_MS_MIN },
      ]),
      cause:
        "From the first call at its target to the end of the run, MeshHook mostly waits for answers. A scenario with a slow target is meant to show this; on a system of your own, it says where to look.",
      effect: { share: largest(slow.map(({ phase }) => phase.share)), of: "the mean end-to-end time" },
    };
  },
};
