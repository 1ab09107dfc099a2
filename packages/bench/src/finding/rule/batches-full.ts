import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Rows in a commit on average from which most batches are at the default cap of 100. */
const ROWS_PER_COMMIT_MIN = 80;

export const batchesFull: Rule = {
  name: "batches-full",
  looksFor: "Batches that are filled to their limit at saturation.",
  advice: {
    area: "code",
    change: "Raise MESHHOOK_BATCH_ROWS, so that the rows that wait for the next flush share one commit.",
    expectedEffect:
      "Fewer commits and a higher throughput at saturation. A batch takes longer, so the median at saturation may rise.",
    effort: "small",
    risk: "low",
  },
  knob: {
    name: "MESHHOOK_BATCH_ROWS",
    value: "400",
    improves: ["throughput.completedPerSecond", "work.commits", "work.postgresCpuMs"],
  },
  diagnose({ scenarios }) {
    const full = scenarios.flatMap((scenario) => {
      const { work } = scenario;
      if (work === null || work.commits === 0) return [];
      const rows = work.journalRows / work.commits;
      return rows >= ROWS_PER_COMMIT_MIN ? [{ scenario, rows }] : [];
    });
    const [first] = full;
    if (first === undefined) return null;
    return {
      severity: "info",
      title: "Batches are full",
      evidence: full.map(({ scenario, rows }) => ({
        scenario: scenario.name,
        metric: "work.journalRows for each commit",
        value: rows,
        limit: ROWS_PER_COMMIT_MIN,
      })),
      cause:
        "More rows arrive during a flush than a batch may hold (MESHHOOK_BATCH_ROWS, 100 by default), so the rest waits for one more flush.",
      tryIn: first.scenario.name,
      effect: { share: largest(full.map(({ rows }) => 1 - ROWS_PER_COMMIT_MIN / (2 * rows))) * 0.3, of: "the commits" },
    };
  },
};
