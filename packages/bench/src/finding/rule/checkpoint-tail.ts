import { median } from "simple-statistics";
import { largest, measuredSeries } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** A second whose p99 is this many times the usual one. */
const SPIKE = 4;
/** Spikes below this are noise at any ratio. */
const SPIKE_MS_MIN = 10;

export const checkpointTail: Rule = {
  name: "checkpoint-tail",
  looksFor: "Seconds with a long tail in a scenario in which a checkpoint ran.",
  advice: {
    area: "infrastructure",
    change:
      "Raise `max_wal_size` (to several gigabytes) and `checkpoint_timeout`, and keep `checkpoint_completion_target` at 0.9. If the tail matters, put the write-ahead log on its own disk.",
    expectedEffect:
      "Fewer and lower p99 spikes; the median and CPU use do not change. Recovery after a crash takes longer.",
    effort: "small",
    risk: "low",
  },
  knob: { name: "max_wal_size", value: "4GB", improves: ["latency.ack.p99Ms"] },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const spiky = scenarios.flatMap((scenario) => {
      const checkpoints = scenario.database?.checkpoints ?? 0;
      const tails = measuredSeries(scenario).flatMap(({ ackMsP99 }) => (ackMsP99 === null ? [] : [ackMsP99]));
      if (checkpoints === 0 || tails.length < 5 || scenario.group === "fault") return [];
      const usualMs = median(tails);
      const worstMs = Math.max(...tails);
      return worstMs > SPIKE * usualMs && worstMs > SPIKE_MS_MIN ? [{ scenario, checkpoints, usualMs, worstMs }] : [];
    });
    const [first] = spiky;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "A checkpoint ran while answers were slow",
      evidence: spiky.flatMap(({ scenario, checkpoints, usualMs, worstMs }) => [
        { scenario: scenario.name, metric: "database.checkpoints", value: checkpoints, limit: 0 },
        { scenario: scenario.name, metric: "series.ackMsP99, worst second", value: worstMs, limit: SPIKE * usualMs },
        { scenario: scenario.name, metric: "series.ackMsP99, median second", value: usualMs },
      ]),
      cause:
        "A checkpoint writes all changed pages, and afterwards the first change to each page copies the whole page into the write-ahead log. Both compete with the flush that each answer waits for.",
      tryIn: first.scenario.name,
      effect: {
        share: largest(spiky.map(({ usualMs, worstMs }) => 1 - usualMs / worstMs)),
        of: "the worst seconds' p99",
      },
    };
  },
};
