import type { Rule } from "../rule.ts";

export const durabilityOff: Rule = {
  name: "durability-off",
  looksFor: "A database that may lose what it confirmed.",
  diagnose({ environment }) {
    if (environment.fsync && environment.synchronousCommit !== "off") return null;
    return {
      severity: "critical",
      title: "The figures were taken without durability",
      evidence: [
        { scenario: "suite", metric: "environment.fsync", value: environment.fsync ? "on" : "off", limit: "on" },
        {
          scenario: "suite",
          metric: "environment.synchronousCommit",
          value: environment.synchronousCommit,
          limit: "on",
        },
      ],
      cause:
        "With fsync or synchronous_commit off, PostgreSQL confirms commits that a crash can still lose, so an answered webhook is not yet safe.",
      recommendation: {
        area: "infrastructure",
        change:
          "Turn `fsync` and `synchronous_commit` on and measure again; keep this result only as the labelled price of durability.",
        expectedEffect:
          "Answers take one disk flush longer; accepted webhooks survive a crash. CPU and memory stay the same.",
        effort: "small",
        risk: "low",
        experiment: null,
      },
      effect: { share: 1, of: "what was measured" },
    };
  },
};
