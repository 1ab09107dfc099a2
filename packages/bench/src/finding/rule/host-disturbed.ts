import { largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

export const hostDisturbed: Rule = {
  name: "host-disturbed",
  looksFor: "A machine that others were using too.",
  diagnose({ scenarios }) {
    const evidence = scenarios.flatMap(({ name, disturbances }) =>
      disturbances.map(({ metric, value, limit }): Evidence => ({ scenario: name, metric, value, limit })),
    );
    if (evidence.length === 0) return null;
    return {
      severity: "warning",
      title: "The machine was disturbed while measuring",
      evidence,
      cause:
        "Others used the CPU or the disk meanwhile, or the machine is slower than the one for which the limits were set. What was slow in these scenarios may be theirs, so no cause is named for it and nothing is recommended from it.",
      recommendation: {
        area: "infrastructure",
        change:
          "Measure on a quiet machine with its own cores, and compare configurations only in interleaved pairs until then.",
        expectedEffect: "Shorter and repeatable tails; no change in the cost per run.",
        effort: "small",
        risk: "low",
        experiment: null,
      },
      effect: {
        share: largest(scenarios.map(({ host }) => Math.max(host.stealShare, host.cpuPressureShare ?? 0))),
        of: "the time",
      },
    };
  },
};
