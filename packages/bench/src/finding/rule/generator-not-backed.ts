import type { Rule } from "../rule.ts";

export const generatorNotBacked: Rule = {
  name: "generator-not-backed",
  looksFor: "Figures that may reflect the load generator instead of MeshHook.",
  advice: {
    area: "infrastructure",
    change:
      "Give the load generator its own machine or cores, or lower the rate below half of its calibrated maximum, and measure again.",
    expectedEffect:
      "Figures that describe MeshHook. On a separate machine, the generator's CPU also becomes available to MeshHook.",
    effort: "small",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const unbacked = scenarios.filter((scenario) => !scenario.generator.isBacked);
    if (unbacked.length === 0) return null;
    return {
      severity: "warning",
      title: "The load generator could not keep up in some scenarios",
      evidence: unbacked.flatMap(({ name, generator }) => [
        { scenario: name, metric: "generator.latenessMsP99", value: generator.latenessMsP99 },
        { scenario: name, metric: "generator.cpuShare", value: generator.cpuShare },
        { scenario: name, metric: "generator.unsent", value: generator.unsent },
        { scenario: name, metric: "generator.reasons", value: generator.reasons.join("; ") },
      ]),
      cause:
        "The load generator was late, was short of CPU or left requests unsent. Latency therefore includes its own delay, and throughput is a lower bound.",
      effect: { share: unbacked.length / scenarios.length, of: "the scenarios" },
    };
  },
};
