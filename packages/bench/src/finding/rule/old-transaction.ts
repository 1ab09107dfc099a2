import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** MeshHook's own transactions last for one statement. */
const OPEN_MS_MAX = 5_000;

export const oldTransaction: Rule = {
  name: "old-transaction",
  looksFor: "A transaction of MeshHook that stays open for seconds.",
  advice: {
    area: "code",
    change:
      "Find the statement in `pg_stat_activity` (`xact_start`), end the transaction before waiting for anything else, and set `idle_in_transaction_session_timeout` as a safety net.",
    expectedEffect:
      "Vacuum can remove dead rows again, and locks are held for milliseconds. Speed changes over hours, not at once.",
    effort: "medium",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const held = scenarios.flatMap((scenario) => {
      const openMs = scenario.database?.oldestTransactionMsMax ?? 0;
      return openMs > OPEN_MS_MAX && scenario.group !== "fault" ? [{ scenario, openMs }] : [];
    });
    if (held.length === 0) return null;
    return {
      severity: "warning",
      title: "A transaction stays open for seconds",
      evidence: held.map(({ scenario, openMs }) => ({
        scenario: scenario.name,
        metric: "database.oldestTransactionMsMax",
        value: openMs,
        limit: OPEN_MS_MAX,
      })),
      cause:
        "A transaction that waits for something outside the database (a call, a timer, a queue) keeps its snapshot and its locks: vacuum cannot remove anything that was deleted since, and others wait.",
      effect: {
        share:
          largest(held.map(({ scenario, openMs }) => Math.min(1, openMs / Math.max(1, scenario.load.durationMs)))) *
          0.5,
        of: "the time",
      },
    };
  },
};
