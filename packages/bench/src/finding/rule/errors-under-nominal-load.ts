import { isNominal, largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

export const errorsUnderNominalLoad: Rule = {
  name: "errors-under-nominal-load",
  looksFor: "Failures although nothing was overloaded or deliberately broken.",
  advice: {
    area: "code",
    change:
      "Look for these errors in MeshHook's log. Raise the limit that causes refusals, or fix what breaks, and keep 429 and 503 for real overload.",
    expectedEffect: "The whole load is accepted. Senders no longer retry, which also saves CPU.",
    effort: "medium",
    risk: "medium",
  },
  diagnose({ scenarios }) {
    const failing = scenarios.filter(isNominal).flatMap((scenario) => {
      const errors = Object.values(scenario.errors).reduce((sum, count) => sum + count, 0);
      const share = errors / Math.max(1, scenario.audit.sent);
      return errors > 0 ? [{ scenario, share }] : [];
    });
    if (failing.length === 0) return null;
    return {
      severity: "critical",
      title: "Requests fail at a rate that MeshHook should handle easily",
      evidence: failing.flatMap(({ scenario }) =>
        Object.entries(scenario.errors)
          .filter(([, count]) => count > 0)
          .map(([kind, count]): Evidence => ({
            scenario: scenario.name,
            metric: `errors.${kind}`,
            value: count,
            limit: 0,
          })),
      ),
      cause:
        "Senders received refusals, timeouts or broken streams at a nominal rate: a limit is too low, a queue is full, or a component is down.",
      effect: { share: largest(failing.map(({ share }) => share)), of: "the requests" },
    };
  },
};
