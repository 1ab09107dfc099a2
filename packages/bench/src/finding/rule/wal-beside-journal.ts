import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Share of the statements' write-ahead log that is not the journal's rows. */
const OTHER_PART_MAX = 0.5;
const WAL_BYTES_MIN = 4_000_000;
/** The journal's own statement, with any columns. */
const JOURNAL_INSERT = /insert\s+into\s+(?:meshhook\.)?"?journal/i;

export const walBesideJournal: Rule = {
  name: "wal-beside-journal",
  looksFor: "Statements other than the journal's insert that write most of the write-ahead log.",
  advice: {
    area: "code",
    change:
      "Remove the statement that writes it from the path of a run, or derive what it stores from the journal. If it must stay, make it part of the same batch.",
    expectedEffect: "Less log, fewer flushes and less PostgreSQL CPU per run.",
    effort: "medium",
    risk: "medium",
  },
  diagnose({ scenarios }) {
    const wasteful = scenarios.flatMap((scenario) => {
      const statements = scenario.database?.statements ?? [];
      const total = statements.reduce((sum, { walBytes }) => sum + walBytes, 0);
      const others = statements
        .filter(({ query }) => !JOURNAL_INSERT.test(query))
        .toSorted((a, b) => b.walBytes - a.walBytes);
      const part = others.reduce((sum, { walBytes }) => sum + walBytes, 0) / Math.max(1, total);
      const [worst] = others;
      return total >= WAL_BYTES_MIN && part > OTHER_PART_MAX && worst !== undefined ? [{ scenario, part, worst }] : [];
    });
    if (wasteful.length === 0) return null;
    return {
      severity: "warning",
      title: "Most of the write-ahead log does not come from the journal's rows",
      evidence: wasteful.flatMap(({ scenario, part, worst }) => [
        {
          scenario: scenario.name,
          metric: "share of WAL not written by the journal's insert",
          value: part,
          limit: OTHER_PART_MAX,
        },
        { scenario: scenario.name, metric: "work.walBytes", value: scenario.work?.walBytes ?? 0 },
        { scenario: scenario.name, metric: "other statement with the most WAL", value: worst.query.slice(0, 120) },
      ]),
      cause:
        "A run should cost its journal rows and little else. Another statement writes to the log for every run: bookkeeping that could be derived, an unnecessary index, or updates.",
      effect: { share: largest(wasteful.map(({ part }) => part)), of: "the write-ahead log" },
    };
  },
};
