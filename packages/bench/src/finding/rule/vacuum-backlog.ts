import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Dead rows per live change of a table above which vacuum never finishes. */
const DEAD_PART_MAX = 0.2;
const DEAD_ROWS_MIN = 10_000;

export const vacuumBacklog: Rule = {
  name: "vacuum-backlog",
  looksFor: "Tables with so many dead rows that vacuum never finishes.",
  advice: {
    area: "infrastructure",
    change:
      "Look for old snapshots in `pg_stat_activity` (`backend_xmin`), set `idle_in_transaction_session_timeout`, and give the table its own `autovacuum_vacuum_scale_factor`.",
    expectedEffect: "A smaller table, smaller indexes and shorter tails. Vacuum runs more often and takes less time.",
    effort: "small",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const bloated = scenarios.flatMap((scenario) =>
      (scenario.database?.tables ?? []).flatMap((table) => {
        const part = table.deadTuples / Math.max(1, table.deadTuples + table.inserts + table.updates);
        return table.deadTuples > DEAD_ROWS_MIN && part > DEAD_PART_MAX ? [{ scenario, table, part }] : [];
      }),
    );
    if (bloated.length === 0) return null;
    return {
      severity: "warning",
      title: "Dead rows pile up faster than vacuum removes them",
      evidence: bloated.map(({ scenario, table }) => ({
        scenario: scenario.name,
        metric: `dead rows in ${table.name}`,
        value: table.deadTuples,
        limit: DEAD_ROWS_MIN,
      })),
      cause:
        "Rows that were changed, or whose insert was rolled back, stay until vacuum removes them, and an old open snapshot keeps them all. Vacuum then competes with the load for CPU and disk.",
      effect: { share: largest(bloated.map(({ part }) => part)), of: "the table's rows" },
    };
  },
};
