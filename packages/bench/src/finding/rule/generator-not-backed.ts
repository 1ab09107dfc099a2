import type { Rule } from "../rule.ts";

export const generatorNotBacked: Rule = {
  name: "generator-not-backed",
  looksFor: "Figures that may be the load generator's own.",
  diagnose({ scenarios }) {
    const unbacked = scenarios.filter((scenario) => !scenario.generator.isBacked);
    if (unbacked.length === 0) return null;
    return {
      severity: "warning",
      title: "The load generator could not back some figures",
      evidence: unbacked.flatMap(({ name, generator }) => [
        { scenario: name, metric: "generator.latenessMsP99", value: generator.latenessMsP99 },
        { scenario: name, metric: "generator.cpuShare", value: generator.cpuShare },
        { scenario: name, metric: "generator.unsent", value: generator.unsent },
        { scenario: name, metric: "generator.reasons", value: generator.reasons.join("; ") },
      ]),
      cause:
        "The generator was late, short of CPU or left requests unsent, so latency includes its own delay and throughput is a lower bound.",
      recommendation: {
        area: "infrastructure",
        change:
          "Give the generator a machine or cores of its own, or lower the rate below half of its calibrated ceiling, and measure again.",
        expectedEffect:
          "Figures that belong to MeshHook; the CPU that the generator takes on this machine becomes free for it.",
        effort: "small",
        risk: "low",
        experiment: null,
      },
      effect: { share: unbacked.length / scenarios.length, of: "the scenarios" },
    };
  },
};
