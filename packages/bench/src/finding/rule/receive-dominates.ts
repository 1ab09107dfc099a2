import { isNominal, largest, phaseOf } from "../rule.ts";
import type { Rule } from "../rule.ts";

const SHARE_MAX = 0.5;
/** A phase may dominate a run that is over in two milliseconds; it matters from here on. */
const P50_MS_MIN = 5;

export const receiveDominates: Rule = {
  name: "receive-dominates",
  looksFor: "Runs whose time goes into getting the request into MeshHook.",
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const slow = scenarios.filter(isNominal).flatMap((scenario) => {
      const phase = phaseOf(scenario, ["receive"]);
      return phase.share >= SHARE_MAX && phase.p50Ms >= P50_MS_MIN ? [{ scenario, phase }] : [];
    });
    if (slow.length === 0) return null;
    return {
      severity: "warning",
      title: "Most of the time passes before the request is read",
      evidence: slow.flatMap(({ scenario, phase }) => [
        { scenario: scenario.name, metric: "phases.receive share", value: phase.share, limit: SHARE_MAX },
        { scenario: scenario.name, metric: "phases.receive p50Ms", value: phase.p50Ms, limit: P50_MS_MIN },
        { scenario: scenario.name, metric: "generator.latenessMsP99", value: scenario.generator.latenessMsP99 },
      ]),
      cause:
        "Requests wait in front of the event loop: something synchronous keeps it busy (parsing, signatures, a long fold, log writing), or the generator itself sends late.",
      recommendation: {
        area: "code",
        change:
          "Take a CPU profile and an event-loop delay histogram of MeshHook under this load; move the longest synchronous piece off the intake path or give it a budget.",
        expectedEffect: "Shorter answers at the same rate; with less CPU in the piece found, more runs per core.",
        effort: "medium",
        risk: "low",
        experiment: null,
      },
      effect: { share: largest(slow.map(({ phase }) => phase.share)), of: "the mean end-to-end time" },
    };
  },
};
