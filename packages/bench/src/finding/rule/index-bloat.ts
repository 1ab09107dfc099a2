import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Indexes larger than the rows that they find. */
const INDEX_PART_MAX = 0.5;
/** Small tables are mostly empty pages. */
const TABLE_BYTES_MIN = 20_000_000;

export const indexBloat: Rule = {
  name: "index-bloat",
  looksFor: "Tables whose indexes are larger than their rows.",
  advice: {
    area: "architecture",
    change:
      "Drop indexes that no query uses (`idx_scan = 0` in `pg_stat_user_indexes`), and rebuild those that grew with `reindex index concurrently`. New indexes on MeshHook's tables belong on a replica or in a copy of the data.",
    expectedEffect:
      "Less write-ahead log and CPU for each row, and more of the hot pages in memory. Queries that used a dropped index become slower.",
    effort: "medium",
    risk: "medium",
  },
  diagnose({ scenarios }) {
    const bloated = scenarios.flatMap((scenario) =>
      (scenario.database?.tables ?? []).flatMap((table) => {
        const part = (table.indexBytes ?? 0) / Math.max(1, table.bytes);
        return table.bytes >= TABLE_BYTES_MIN && part > INDEX_PART_MAX ? [{ scenario, table, part }] : [];
      }),
    );
    if (bloated.length === 0) return null;
    return {
      severity: "warning",
      title: "Indexes are larger than the rows they find",
      evidence: bloated.flatMap(({ scenario, table, part }) => [
        {
          scenario: scenario.name,
          metric: `indexes of ${table.name}, share of its size`,
          value: part,
          limit: INDEX_PART_MAX,
        },
        { scenario: scenario.name, metric: `database size of ${table.name}, bytes`, value: table.bytes },
      ]),
      cause:
        "Each row writes an entry to every index, in a random place for a random key. Indexes that were added for other purposes, or that kept their size after a large delete, cost every run.",
      effect: { share: largest(bloated.map(({ part }) => part - INDEX_PART_MAX)), of: "the table's size" },
    };
  },
};
