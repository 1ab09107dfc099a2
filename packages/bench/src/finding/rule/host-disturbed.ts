import { largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

export const hostDisturbed: Rule = {
  name: "host-disturbed",
  looksFor: "A machine that was also used by others.",
  advice: {
    area: "infrastructure",
    change:
      "Measure on a quiet machine with dedicated cores. Until then, compare configurations only in interleaved pairs.",
    expectedEffect: "Shorter, repeatable tails. The cost per run does not change.",
    effort: "small",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const evidence = scenarios.flatMap(({ name, disturbances }) =>
      disturbances.map(({ metric, value, limit }): Evidence => ({ scenario: name, metric, value, limit })),
    );
    if (evidence.length === 0) return null;
    return {
      severity: "warning",
      title: "The machine was disturbed during the measurement",
      evidence,
      cause:
        "Other processes or guests used the CPU or the disk during the measurement, or the machine is slower than the one the limits were set on. They may be why these scenarios were slow, so no other cause is named and no other change is recommended.",
      effect: {
        share: largest(scenarios.map(({ host }) => Math.max(host.stealShare, host.cpuPressureShare ?? 0))),
        of: "the time",
      },
    };
  },
};
