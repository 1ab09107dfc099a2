import { CLOCK_US_MAX, disagrees } from "../../measure/clock-check.ts";
import type { Rule } from "../rule.ts";

export const clocksDisagree: Rule = {
  name: "clocks-disagree",
  looksFor: "Processes whose clocks differ too much to compare their times.",
  advice: {
    area: "infrastructure",
    change:
      "Synchronise the machine's clock with a single time service (chrony or the hypervisor's clock), and measure again.",
    expectedEffect: "Correct phases. Nothing becomes faster.",
    effort: "small",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const evidence = scenarios.flatMap((scenario) =>
      scenario.clocks.filter(disagrees).map(({ of, offsetUs }) => ({
        scenario: scenario.name,
        metric: `clock of ${of}, offset in µs`,
        value: Math.round(offsetUs),
        limit: CLOCK_US_MAX,
      })),
    );
    if (evidence.length === 0) return null;
    return {
      severity: "critical",
      title: "Clocks disagree",
      evidence,
      cause:
        "The benchmark compares times recorded by different processes. With this offset, every phase between two processes is wrong by the same amount, and events may appear in the wrong order.",
      effect: { share: 1, of: "what was measured between processes" },
    };
  },
};
