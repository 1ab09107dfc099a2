import { isNominal, largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

export const errorsUnderNominalLoad: Rule = {
  name: "errors-under-nominal-load",
  looksFor: "Failures although nothing was overloaded or broken on purpose.",
  diagnose({ scenarios }) {
    const failing = scenarios.filter(isNominal).flatMap((scenario) => {
      const errors = Object.values(scenario.errors).reduce((sum, count) => sum + count, 0);
      const share = errors / Math.max(1, scenario.audit.sent);
      return errors > 0 ? [{ scenario, share }] : [];
    });
    if (failing.length === 0) return null;
    return {
      severity: "critical",
      title: "Requests fail at a rate that should be easy",
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
        "Senders got refusals, timeouts or broken streams under nominal load: a limit is set too low, a queue is full, or a part is down.",
      recommendation: {
        area: "code",
        change:
          "Read the server's log for the kinds above; raise the limit that refuses, or fix what breaks, and keep 429 and 503 for real overload.",
        expectedEffect: "All of the offered load is accepted; senders stop repeating, which also saves CPU.",
        effort: "medium",
        risk: "medium",
        experiment: null,
      },
      effect: { share: largest(failing.map(({ share }) => share)), of: "the requests" },
    };
  },
};
