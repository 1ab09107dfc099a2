import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** PostgreSQL's page; a full-page image is at most this large. */
const PAGE_BYTES = 8_192;
const WAL_PART_MAX = 0.4;
/** A few megabytes of log say nothing. */
const WAL_BYTES_MIN = 4_000_000;

export const fullPageImages: Rule = {
  name: "full-page-images",
  looksFor: "A write-ahead log that contains more copied pages than rows.",
  advice: {
    area: "infrastructure",
    change:
      "Set `wal_compression` (`lz4` where the server was built with it, as the embedded one is not, otherwise `on`), and raise `max_wal_size` and `checkpoint_timeout`, so that pages are copied less often and take less space.",
    expectedEffect:
      "Less log to write and replicate, and shorter flushes. Compression takes slightly more CPU, the log takes more disk space, and recovery takes longer.",
    effort: "small",
    risk: "low",
  },
  knob: { name: "wal_compression", value: "on", improves: ["work.walBytes"] },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const heavy = scenarios.flatMap((scenario) => {
      const { database } = scenario;
      if (database === null || database.walBytes < WAL_BYTES_MIN) return [];
      const part = Math.min(1, (database.walFullPageImages * PAGE_BYTES) / database.walBytes);
      return part > WAL_PART_MAX ? [{ scenario, database, part }] : [];
    });
    const [first] = heavy;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "Full-page images fill the write-ahead log",
      evidence: heavy.flatMap(({ scenario, database, part }) => [
        {
          scenario: scenario.name,
          metric: "full-page images, largest possible share of the WAL",
          value: part,
          limit: WAL_PART_MAX,
        },
        { scenario: scenario.name, metric: "database.walFullPageImages", value: database.walFullPageImages },
        { scenario: scenario.name, metric: "database.checkpoints", value: database.checkpoints },
      ]),
      cause:
        "After each checkpoint, the first change to a page writes the whole page to the log. Frequent checkpoints, or inserts spread over many index pages, repeat this.",
      tryIn: first.scenario.name,
      effect: { share: largest(heavy.map(({ part }) => part)), of: "the write-ahead log" },
    };
  },
};
