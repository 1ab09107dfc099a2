import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

const SHARE_MAX = 0.01;
const ROLLBACKS_MIN = 10;

export const rollbacks: Rule = {
  name: "rollbacks",
  looksFor: "Transactions that are rolled back and repeated.",
  advice: {
    area: "code",
    change:
      "Look up the error codes in PostgreSQL's log. Take locks in a fixed order, and use `on conflict do nothing` where a duplicate is expected.",
    expectedEffect: "Less wasted CPU and write-ahead log, and no repeated batches in the tail.",
    effort: "medium",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const undone = scenarios.flatMap((scenario) => {
      const { database } = scenario;
      if (database === null || scenario.group === "fault" || database.rollbacks < ROLLBACKS_MIN) return [];
      const share = database.rollbacks / (database.commits + database.rollbacks);
      return share > SHARE_MAX ? [{ scenario, database, share }] : [];
    });
    if (undone.length === 0) return null;
    return {
      severity: "warning",
      title: "Transactions are rolled back under normal load",
      evidence: undone.map(({ scenario, database }) => ({
        scenario: scenario.name,
        metric: "database.rollbacks",
        value: database.rollbacks,
        limit: Math.floor(database.commits * SHARE_MAX),
      })),
      cause:
        "Conflicts, deadlocks or failing statements undo work that is then repeated. Each one costs a round trip and the write-ahead log already written.",
      effect: { share: largest(undone.map(({ share }) => share)), of: "the transactions" },
    };
  },
};
