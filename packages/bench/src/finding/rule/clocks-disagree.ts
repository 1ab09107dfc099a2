import { CLOCK_US_MAX, disagrees } from "../../measure/clock-check.ts";
import type { Rule } from "../rule.ts";

export const clocksDisagree: Rule = {
  name: "clocks-disagree",
  looksFor: "Processes whose clocks are too far apart to compare their times.",
  diagnose({ scenarios }) {
    const evidence = scenarios.flatMap((scenario) =>
      scenario.clocks.filter(disagrees).map(({ of, offsetUs }) => ({
        scenario: scenario.name,
        metric: `clock of ${of}, µs away`,
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
        "Times that one process noted are compared with those of another. With such an offset every phase between them is wrong by it, and orders may come out reversed.",
      recommendation: {
        area: "infrastructure",
        change: "Let one time service (chrony, or the hypervisor's clock) discipline the machine, and measure again.",
        expectedEffect: "Phases that add up; nothing becomes faster.",
        effort: "small",
        risk: "low",
        experiment: null,
      },
      effect: { share: 1, of: "what was measured between processes" },
    };
  },
};
