import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Below this rate a batch rarely gets a second row, so one commit per run is expected. */
const RATE_MIN = 500;
/** Half a commit per row means two rows in a batch. */
const COMMITS_PER_ROW_MAX = 0.5;

export const batchingIneffective: Rule = {
  name: "batching-ineffective",
  looksFor: "Nearly one commit per row although rows arrive fast enough to share commits.",
  advice: {
    area: "code",
    change:
      "Lower MESHHOOK_WRITERS so that rows collect during a flush, and keep MESHHOOK_BATCH_ROWS at about 100 or more.",
    expectedEffect:
      "Fewer commits, less CPU per run in MeshHook and PostgreSQL, and higher throughput at saturation. Latency at low rates may rise by part of a flush.",
    effort: "small",
    risk: "low",
  },
  knob: {
    name: "MESHHOOK_WRITERS",
    value: "1",
    improves: ["work.commits", "work.postgresCpuMs", "throughput.completedPerSecond"],
  },
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
      title: "Rows rarely share commits",
      evidence: wasteful.map(({ scenario, work }) => ({
        scenario: scenario.name,
        metric: "work.commits",
        value: work.commits,
        limit: work.journalRows * COMMITS_PER_ROW_MAX,
      })),
      cause:
        "Batches are sent before a second row arrives: there are too many writers, or the batch limit is too small. A commit costs MeshHook and PostgreSQL several times as much as a row in a batch.",
      tryIn: first.scenario.name,
      effect: { share: largest(wasteful.map(({ perRow }) => Math.min(1, perRow - 0.03))), of: "the commits" },
    };
  },
};
