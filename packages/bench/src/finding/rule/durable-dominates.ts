import { isNominal, largest, phaseOf } from "../rule.ts";
import type { Advice, Evidence, Rule } from "../rule.ts";

const SHARE_MAX = 0.6;
/** Of the median: a mean also rises by a single stall, which says nothing of writers. */
const P50_MS_MIN = 4;
/** A large body is written before it is flushed: more writers would not make that faster. */
const LOG_BYTES_PER_MS = 50_000;
/** A disk slower than this explains the wait by itself. */
const SLOW_DISK_US = 1_000;

const ON_A_SLOW_DISK: Partial<Advice> = {
  area: "infrastructure",
  change:
    "Put the write-ahead log on a disk with a fast flush (local NVMe, or a controller with a protected cache). `synchronous_commit = off` would also remove the wait, but at the price of durability: a crash could lose answered webhooks.",
  expectedEffect: "Answers become faster by the difference between the two flush times. CPU use does not change.",
};

export const durableDominates: Rule = {
  name: "durable-dominates",
  looksFor: "Runs that spend most of their time making the delivery durable.",
  advice: {
    area: "code",
    change: "Use more writers, so that a batch can start before the previous one has finished.",
    expectedEffect: "A shorter wait before a flush, and slightly more commits per run.",
    effort: "small",
    risk: "low",
  },
  knob: { name: "MESHHOOK_WRITERS", value: "4", improves: ["latency.ack.p50Ms", "latency.ack.p99Ms"] },
  needsQuietMachine: true,
  diagnose({ scenarios, environment }) {
    const slow = scenarios.filter(isNominal).flatMap((scenario) => {
      // PostgreSQL stamps a commit just before it flushes it, so the flush is part of the phase after it.
      const phase = phaseOf(scenario, ["durable", "flush"]);
      const limitMs = P50_MS_MIN + (scenario.work?.walBytes ?? 0) / LOG_BYTES_PER_MS;
      return phase.share >= SHARE_MAX && phase.p50Ms >= limitMs ? [{ scenario, phase, limitMs }] : [];
    });
    const [first] = slow;
    if (first === undefined) return null;
    const isDiskSlow = (environment.fdatasyncUsP50 ?? 0) > SLOW_DISK_US;
    const disk: Evidence[] =
      environment.fdatasyncUsP50 === null
        ? []
        : [
            {
              scenario: "suite",
              metric: "environment.fdatasyncUsP50",
              value: environment.fdatasyncUsP50,
              limit: SLOW_DISK_US,
            },
          ];
    return {
      severity: "warning",
      title: isDiskSlow
        ? "Disk flushes take most of the time to answer"
        : "Waiting for the commit takes most of the time to answer",
      evidence: [
        ...slow.flatMap(({ scenario, phase, limitMs }): Evidence[] => [
          { scenario: scenario.name, metric: "phases.durable share", value: phase.share, limit: SHARE_MAX },
          { scenario: scenario.name, metric: "phases.durable p50Ms", value: phase.p50Ms, limit: limitMs },
        ]),
        ...disk,
      ],
      cause: isDiskSlow
        ? "Every commit waits for one flush of the write-ahead log, and a flush takes more than a millisecond on this disk."
        : "Deliveries wait for a batch in progress or for a connection; the disk itself is fast.",
      ...(isDiskSlow ? { advice: ON_A_SLOW_DISK } : { tryIn: first.scenario.name }),
      effect: { share: largest(slow.map(({ phase }) => phase.share)), of: "the mean end-to-end time" },
    };
  },
};
