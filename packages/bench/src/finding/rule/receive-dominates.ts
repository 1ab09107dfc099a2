import { isNominal, largest, phaseOf } from "../rule.ts";
import type { Rule } from "../rule.ts";

const SHARE_MAX = 0.5;
/** A phase may dominate a run that takes two milliseconds; it matters only above this. */
const P50_MS_MIN = 5;

export const receiveDominates: Rule = {
  name: "receive-dominates",
  looksFor: "Runs that spend most of their time before MeshHook has received the request.",
  advice: {
    area: "code",
    change:
      "Take a CPU profile and an event-loop delay histogram of MeshHook under this load. Move the longest synchronous piece of work off the intake path, or give it a budget.",
    expectedEffect: "Faster answers at the same rate. If the work becomes cheaper, also more runs per core.",
    effort: "medium",
    risk: "low",
  },
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
        "Requests wait for the event loop: synchronous work keeps it busy (parsing, signatures, a long fold, writing logs), or the load generator sends late.",
      effect: { share: largest(slow.map(({ phase }) => phase.share)), of: "the mean end-to-end time" },
    };
  },
};
