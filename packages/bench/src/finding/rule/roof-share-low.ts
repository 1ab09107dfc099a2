import { busiestShareOf, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Reaching less than this of every roof, with CPU to spare, means waiting for something. */
const ROOF_SHARE_MIN = 0.2;
const HOST_BUSY_MAX = 0.75;
const ONE_CORE = 0.9;

export const roofShareLow: Rule = {
  name: "roof-share-low",
  looksFor: "Throughput at saturation far below every roof of the machine while CPU is idle.",
  advice: {
    area: "architecture",
    change:
      "Raise the limits on work in flight one at a time, writers first, and watch which wait disappears. The phases show where runs wait.",
    expectedEffect:
      "Throughput rises to the next limit, and latency at saturation falls as queues become shorter. CPU per run does not change.",
    effort: "medium",
    risk: "low",
  },
  knob: { name: "MESHHOOK_WRITERS", value: "4", improves: ["throughput.completedPerSecond"] },
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const low = scenarios.flatMap((scenario) => {
      if (
        scenario.roofShare === null ||
        scenario.host.cpuBusyShare >= HOST_BUSY_MAX ||
        busiestShareOf(scenario) >= ONE_CORE
      )
        return [];
      const best = largest(Object.values(scenario.roofShare));
      return best < ROOF_SHARE_MIN ? [{ scenario, best }] : [];
    });
    const [first] = low;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "Throughput at saturation is far below what the machine can do",
      evidence: low.flatMap(({ scenario, best }) => [
        { scenario: scenario.name, metric: "roofShare, best", value: best, limit: ROOF_SHARE_MIN },
        {
          scenario: scenario.name,
          metric: "host.cpuBusyShare",
          value: scenario.host.cpuBusyShare,
          limit: HOST_BUSY_MAX,
        },
      ]),
      cause:
        "CPU, database and HTTP are all far from their limits, so work must be waiting: there are too few flushes in flight, a lock, a queue with a single consumer, or too few senders.",
      tryIn: first.scenario.name,
      effect: {
        share: largest(low.map(({ best }) => 1 - best / ROOF_SHARE_MIN)),
        of: "the attainable throughput",
      },
    };
  },
};
