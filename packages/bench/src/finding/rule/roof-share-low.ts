import { cpuShareOf, experiment, largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Reaching less than this of every roof, with CPU to spare, means waiting for something. */
const ROOF_SHARE_MIN = 0.2;
const HOST_BUSY_MAX = 0.75;
const ONE_CORE = 0.9;

export const roofShareLow: Rule = {
  name: "roof-share-low",
  looksFor: "Saturation far below every roof of the machine while CPU is idle.",
  needsQuietMachine: true,
  diagnose({ scenarios }) {
    const low = scenarios.flatMap((scenario) => {
      if (
        scenario.roofShare === null ||
        scenario.host.cpuBusyShare >= HOST_BUSY_MAX ||
        cpuShareOf(scenario, "meshhook") >= ONE_CORE
      )
        return [];
      const best = largest(Object.values(scenario.roofShare));
      return best < ROOF_SHARE_MIN ? [{ scenario, best }] : [];
    });
    const [first] = low;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "Saturation is far below what the machine can do",
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
        "Neither CPU nor the database nor HTTP is near its limit, so work waits: too few flushes in flight, a lock, a queue with one consumer, or too few senders.",
      recommendation: {
        area: "architecture",
        change:
          "Raise what is in flight one knob at a time (writers first) and watch which wait disappears; the phases show where runs stand meanwhile.",
        expectedEffect:
          "Throughput up to the next limit; latency at saturation falls as queues shorten. CPU per run stays.",
        effort: "medium",
        risk: "low",
        experiment: experiment(first.scenario, "MESHHOOK_WRITERS", "4"),
      },
      effect: {
        share: largest(low.map(({ best }) => 1 - best / ROOF_SHARE_MIN)),
        of: "the throughput that is in reach",
      },
    };
  },
};
