import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

const SHARE_MAX = 0.85;

export const connectionsNearLimit: Rule = {
  name: "connections-near-limit",
  looksFor: "Connections close to the server's limit.",
  advice: {
    area: "infrastructure",
    change:
      "Lower MESHHOOK_POOL_SIZE: each writer has its own connection, and everything else needs only a few. If many processes share the database, put a pooler in session mode in front of it.",
    expectedEffect:
      "Room for more processes and less memory in PostgreSQL (a few megabytes per connection). Speed does not change.",
    effort: "small",
    risk: "low",
  },
  diagnose({ scenarios, environment }) {
    const limit = Number(environment.postgres.settings["max_connections"]);
    if (!(limit > 0)) return null;
    const near = scenarios.filter((scenario) => (scenario.database?.connectionsMax ?? 0) >= limit * SHARE_MAX);
    if (near.length === 0) return null;
    return {
      severity: "warning",
      title: "Connections are close to PostgreSQL's limit",
      evidence: near.map((scenario) => ({
        scenario: scenario.name,
        metric: "database.connectionsMax",
        value: scenario.database?.connectionsMax ?? 0,
        limit,
      })),
      cause:
        "The connection pools are larger than the work needs. The next process that starts, or an operator who needs a connection, cannot get one.",
      effect: {
        share: largest(near.map((scenario) => ((scenario.database?.connectionsMax ?? 0) / limit) * 0.5)),
        of: "the connections",
      },
    };
  },
};
