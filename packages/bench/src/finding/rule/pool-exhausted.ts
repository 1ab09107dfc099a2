import { isNominal } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Fewer connections than this are busy together by chance. */
const CONNECTIONS_MIN = 4;

export const poolExhausted: Rule = {
  name: "pool-exhausted",
  looksFor: "A nominal load under which all of MeshHook's connections are busy at once.",
  advice: {
    area: "infrastructure",
    change:
      "Raise MESHHOOK_POOL_SIZE, after a look at what keeps the connections busy: a slow statement would fill a larger pool as well. Keep the sum over all processes well below `max_connections`.",
    expectedEffect:
      "Reads and lookups no longer queue behind each other inside MeshHook, for a few megabytes of PostgreSQL's memory per connection.",
    effort: "small",
    risk: "low",
  },
  knob: { name: "MESHHOOK_POOL_SIZE", value: "12", improves: ["latency.ack.p99Ms", "latency.done.p99Ms"] },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const full = scenarios.filter(isNominal).flatMap((scenario) => {
      const { connectionsByState = {}, connectionsMax = 0 } = scenario.database ?? {};
      const active = connectionsByState["active"] ?? 0;
      const all = Math.max(connectionsMax, 1);
      return active >= CONNECTIONS_MIN && active >= all ? [{ scenario, active, all }] : [];
    });
    const [first] = full;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "All of MeshHook's database connections are busy at once",
      evidence: full.map(({ scenario, active, all }) => ({
        scenario: scenario.name,
        metric: "database.connectionsByState.active",
        value: active,
        limit: all,
      })),
      cause:
        "Everything that needs the database while all connections are busy waits inside MeshHook, where PostgreSQL's statistics do not show it.",
      tryIn: first.scenario.name,
      effect: { share: 0.3, of: "the time that requests wait for a connection" },
    };
  },
};
