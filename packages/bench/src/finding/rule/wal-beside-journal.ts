import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Of the statements' own log: what else is written beside the journal's rows. */
const OTHER_PART_MAX = 0.5;
const WAL_BYTES_MIN = 4_000_000;
/** The journal's own statement, whatever its columns are. */
const JOURNAL_INSERT = /insert\s+into\s+(?:meshhook\.)?"?journal/i;

export const walBesideJournal: Rule = {
  name: "wal-beside-journal",
  looksFor: "Statements other than the journal's insert that write most of the log.",
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
          metric: "WAL beside the journal's insert, part",
          value: part,
          limit: OTHER_PART_MAX,
        },
        { scenario: scenario.name, metric: "work.walBytes", value: scenario.work?.walBytes ?? 0 },
        { scenario: scenario.name, metric: "statement with most WAL beside it", value: worst.query.slice(0, 120) },
      ]),
      cause:
        "A run should cost its journal rows and little else. Another statement writes to the log per run: bookkeeping that could be derived, an index more than needed, or updates.",
      recommendation: {
        area: "code",
        change:
          "Remove the statement above from the way of a run, or derive what it stores from the journal; put what must stay into the same batch.",
        expectedEffect: "Less log, fewer flushes and less PostgreSQL CPU per run.",
        effort: "medium",
        risk: "medium",
        experiment: null,
      },
      effect: { share: largest(wasteful.map(({ part }) => part)), of: "the write-ahead log" },
    };
  },
};
