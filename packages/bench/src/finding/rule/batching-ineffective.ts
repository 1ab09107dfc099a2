import { experiment, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Below this rate a batch rarely finds a second row: one commit per run is right there. */
const RATE_MIN = 500;
/** Half a commit per row means two rows in a batch. */
const COMMITS_PER_ROW_MAX = 0.5;

export const batchingIneffective: Rule = {
  name: "batching-ineffective",
  looksFor: "Nearly a commit per row although rows come fast enough to share one.",
  diagnose({ scenarios }) {
    const wasteful = scenarios.flatMap((scenario) => {
      const { work, throughput } = scenario;
      if (work === null || throughput === null || throughput.completedPerSecond < RATE_MIN || work.journalRows === 0)
        return [];
      const perRow = work.commits / work.journalRows;
      return perRow > COMMITS_PER_ROW_MAX ? [{ scenario, work, perRow }] : [];
    });
    const [first] = wasteful;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "Rows hardly share commits",
      evidence: wasteful.map(({ scenario, work }) => ({
        scenario: scenario.name,
        metric: "work.commits",
        value: work.commits,
        limit: work.journalRows * COMMITS_PER_ROW_MAX,
      })),
      cause:
        "Batches are sent before a second row has gathered: too many writers take turns, or the batch cap is too small. A commit costs several times what a row in a batch costs, on both sides.",
      recommendation: {
        area: "code",
        change:
          "Lower MESHHOOK_WRITERS so that rows gather while a flush is under way, and make sure that MESHHOOK_BATCH_ROWS is not below about 100.",
        expectedEffect:
          "Fewer commits and less CPU per run in MeshHook and PostgreSQL, higher throughput at saturation; latency at low rates may rise by part of one flush.",
        effort: "small",
        risk: "low",
        experiment: experiment(first.scenario, "MESHHOOK_WRITERS", "1"),
      },
      effect: { share: largest(wasteful.map(({ perRow }) => Math.min(1, perRow - 0.03))), of: "the commits" },
    };
  },
};
