import { isNominal, largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

const STEAL_SHARE_MAX = 0.02;
/** Under nominal load some waiting for CPU is normal; a third of the time is not. */
const CPU_PRESSURE_SHARE_MAX = 0.35;
const IO_PRESSURE_SHARE_MAX = 0.25;

export const hostDisturbed: Rule = {
  name: "host-disturbed",
  looksFor: "A machine that others were using too.",
  diagnose({ scenarios }) {
    const evidence = scenarios.flatMap((scenario): Evidence[] => {
      const { stealShare, cpuPressureShare, ioPressureShare } = scenario.host;
      const rows: readonly (readonly [string, number | null, number])[] = [
        ["host.stealShare", stealShare, STEAL_SHARE_MAX],
        // A saturated machine makes its own tasks wait; only a nominal load tells of others.
        ["host.cpuPressureShare", isNominal(scenario) ? cpuPressureShare : null, CPU_PRESSURE_SHARE_MAX],
        ["host.ioPressureShare", isNominal(scenario) ? ioPressureShare : null, IO_PRESSURE_SHARE_MAX],
      ];
      return rows.flatMap(([metric, value, limit]) =>
        value !== null && value > limit ? [{ scenario: scenario.name, metric, value, limit }] : [],
      );
    });
    if (evidence.length === 0) return null;
    return {
      severity: "warning",
      title: "The machine was disturbed while measuring",
      evidence,
      cause:
        "The hypervisor gave CPU to others, or tasks waited for CPU or disk although the load was light. Tails of these scenarios belong to the neighbours.",
      recommendation: {
        area: "infrastructure",
        change:
          "Measure on a quiet machine with its own cores, and compare configurations only in interleaved pairs until then.",
        expectedEffect: "Shorter and repeatable tails; no change in the cost per run.",
        effort: "small",
        risk: "low",
        experiment: null,
      },
      effect: { share: largest(evidence.map(({ value }) => Number(value))), of: "the time" },
    };
  },
};
