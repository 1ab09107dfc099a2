import { isNominal, largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

/** Shorter stretches are scheduling. */
const STALL_MS_MIN = 50;
const STALLS_MIN = 2;

/**
 * Stalls that the machine did not share, and stalls that come back in time: whoever keeps a clock causes them, be it a timer of
 * MeshHook's, a job of the database or somebody else's cron.
 */
export const stalls: Rule = {
  name: "stalls",
  looksFor: "Stretches in which requests wait while the machine itself goes on, and what is regular about them.",
  diagnose({ scenarios }) {
    const stalling = scenarios.filter(isNominal).flatMap((scenario) => {
      const { longest, period } = scenario.episodes;
      // On a restless machine single stretches are not worth a word; what is regular is.
      if (period === null && scenario.disturbances.length > 0) return [];
      const inside = longest.filter(
        ({ origin, fromMs, untilMs }) => origin !== "outside" && untilMs - fromMs >= STALL_MS_MIN,
      );
      return period !== null || inside.length >= STALLS_MIN ? [{ scenario, period, inside }] : [];
    });
    if (stalling.length === 0) return null;
    const periodic = stalling.find(({ period }) => period !== null)?.period ?? null;
    const isOwn = stalling.every(({ inside }) => inside.length > 0);
    return {
      severity: "warning",
      title:
        periodic === null
          ? "Requests wait in stretches that the machine does not share"
          : `Every ${seconds(periodic.everyMs)} everything waits for about ${String(Math.round(periodic.lengthMs / 10) * 10)} ms`,
      evidence: stalling.flatMap(({ scenario, period, inside }): Evidence[] => [
        ...(period === null
          ? []
          : [
              { scenario: scenario.name, metric: "episodes.period everyMs", value: period.everyMs },
              { scenario: scenario.name, metric: "episodes.period lengthMs", value: period.lengthMs },
              { scenario: scenario.name, metric: "episodes.period share of the time", value: period.share },
            ]),
        {
          scenario: scenario.name,
          metric: `stretches of ${String(STALL_MS_MIN)} ms or more that the machine's timer and disk did not share`,
          value: inside.length,
          limit: STALLS_MIN,
        },
        {
          scenario: scenario.name,
          metric: "requests in them",
          value: inside.reduce((sum, { slow }) => sum + slow, 0),
        },
      ]),
      cause: isOwn
        ? "A timer and a flush of the benchmark's own went on meanwhile, so neither CPU nor disk stood still: MeshHook or its database did. What is regular has a timer behind it."
        : "They are regular, so a timer is behind them; the machine's own timer or disk stood still as well, so it may be somebody else's.",
      recommendation: {
        area: "code",
        change:
          "Record MeshHook's event-loop delay and a CPU profile over one of the stretches below, and look for what runs at this interval: a timer, a batch job, a collection; then give it a budget or move it off the path of a webhook.",
        expectedEffect: "The tail loses these stretches; the median and the cost per run stay.",
        effort: "medium",
        risk: "low",
        experiment: null,
      },
      effect: { share: largest(stalling.map(({ period }) => period?.share ?? 0.01)), of: "the time" },
    };
  },
};

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
