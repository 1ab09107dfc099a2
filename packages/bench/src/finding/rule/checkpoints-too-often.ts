import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** PostgreSQL warns of checkpoints that are closer than half a minute (`checkpoint_warning`); a minute is still a waste. */
const SECONDS_BETWEEN_MIN = 60;
const CHECKPOINTS_MIN = 2;

export const checkpointsTooOften: Rule = {
  name: "checkpoints-too-often",
  looksFor: "Checkpoints that follow each other within a minute.",
  advice: {
    area: "infrastructure",
    change:
      "Raise `max_wal_size` until checkpoints come from `checkpoint_timeout` (5 minutes or more), not from the size of the log.",
    expectedEffect:
      "Fewer whole pages in the log and fewer seconds with a long tail. Recovery after a crash takes longer, and the log takes more disk space.",
    effort: "small",
    risk: "low",
  },
  needsQuietMachine: true,
  knob: { name: "max_wal_size", value: "4GB", improves: ["work.walBytes", "latency.ack.p99Ms"] },
  diagnose({ scenarios }) {
    const often = scenarios.flatMap((scenario) => {
      const checkpoints = scenario.database?.checkpoints ?? 0;
      const seconds = scenario.load.durationMs / 1_000 / Math.max(1, checkpoints);
      if (checkpoints < CHECKPOINTS_MIN || scenario.group === "fault") return [];
      return seconds < SECONDS_BETWEEN_MIN ? [{ scenario, checkpoints, seconds }] : [];
    });
    const [first] = often;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "Checkpoints follow each other within a minute",
      evidence: often.flatMap(({ scenario, checkpoints, seconds }) => [
        {
          scenario: scenario.name,
          metric: "database.checkpoints, seconds from one to the next",
          value: seconds,
          limit: SECONDS_BETWEEN_MIN,
        },
        { scenario: scenario.name, metric: "database.checkpoints", value: checkpoints, limit: CHECKPOINTS_MIN - 1 },
      ]),
      cause:
        "The write-ahead log reaches `max_wal_size` long before the checkpoint timer. Each checkpoint writes all changed pages, and after it the first change to each page copies the page into the log again.",
      tryIn: first.scenario.name,
      effect: { share: largest(often.map(({ seconds }) => 1 - seconds / SECONDS_BETWEEN_MIN)) * 0.5, of: "the log" },
    };
  },
};
