import { largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

/** One row in a hundred runs; hot tables should have none at all. */
const CHANGES_PER_RUN_MAX = 0.01;

export const hotTableChurn: Rule = {
  name: "hot-table-churn",
  looksFor: "Updates or deletes in tables that get a row per run.",
  advice: {
    area: "architecture",
    change: "Append a fact instead of changing a row, and drop whole partitions instead of deleting rows.",
    expectedEffect:
      "No dead rows and less vacuum work, so the speed on day 100 is the same as on day 1. Each changed row also writes about half as much write-ahead log.",
    effort: "large",
    risk: "medium",
  },
  diagnose({ scenarios }) {
    const churning = scenarios.flatMap((scenario) => {
      const { work } = scenario;
      const changes = (work?.hotUpdates ?? 0) + (work?.hotDeletes ?? 0);
      return work !== null && changes > CHANGES_PER_RUN_MAX ? [{ scenario, work, changes }] : [];
    });
    if (churning.length === 0) return null;
    return {
      severity: "warning",
      title: "Rows are updated or deleted in hot tables",
      evidence: churning.flatMap(({ scenario, work }): Evidence[] => [
        { scenario: scenario.name, metric: "work.hotUpdates", value: work.hotUpdates, limit: 0 },
        { scenario: scenario.name, metric: "work.hotDeletes", value: work.hotDeletes, limit: 0 },
        ...(scenario.database?.tables ?? [])
          .filter((table) => table.deadTuples > 0 && table.inserts > 0)
          .map((table): Evidence => ({
            scenario: scenario.name,
            metric: `dead rows in ${table.name}`,
            value: table.deadTuples,
            limit: 0,
          })),
      ]),
      cause:
        "Each update or delete leaves a dead row that vacuum must find and remove. A reader with an old snapshot keeps all dead rows, and the table becomes slower with age.",
      effect: {
        share: largest(churning.map(({ work, changes }) => changes / (changes + Math.max(1, work.journalRows)))),
        of: "the row changes",
      },
    };
  },
};
