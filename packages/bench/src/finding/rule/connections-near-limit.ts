import { experiment, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

const SHARE_MAX = 0.85;

export const connectionsNearLimit: Rule = {
  name: "connections-near-limit",
  looksFor: "Connections close to the server's limit.",
  diagnose({ scenarios, environment }) {
    const limit = Number(environment.postgres.settings["max_connections"]);
    if (!(limit > 0)) return null;
    const near = scenarios.filter((scenario) => (scenario.database?.connectionsMax ?? 0) >= limit * SHARE_MAX);
    const [first] = near;
    if (first === undefined) return null;
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
        "Pools ask for more connections than the work needs. The next process that starts, or an operator in trouble, gets none.",
      recommendation: {
        area: "infrastructure",
        change:
          "Lower MESHHOOK_POOL_SIZE: appends use their writers' connections, and everything else needs few. Put a pooler in front when many processes share the database.",
        expectedEffect:
          "Room for more processes; less memory in PostgreSQL (some megabytes per connection); no change in speed.",
        effort: "small",
        risk: "low",
        experiment: experiment(first, "MESHHOOK_POOL_SIZE", "4"),
      },
      effect: {
        share: largest(near.map((scenario) => ((scenario.database?.connectionsMax ?? 0) / limit) * 0.5)),
        of: "the connections",
      },
    };
  },
};
