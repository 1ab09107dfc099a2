import { isNominal, largest } from "../rule.ts";
import type { Evidence, Rule } from "../rule.ts";

/** Shorter periods are scheduling. */
const STALL_MS_MIN = 50;
const STALLS_MIN = 2;

/**
 * Stalls of MeshHook alone, and stalls at regular intervals: those have a timer behind them, be it MeshHook's, a job of the
 * database or somebody else's cron.
 */
export const stalls: Rule = {
  name: "stalls",
  looksFor: "Periods in which requests wait although the machine is not stalled, and whether they are regular.",
  advice: {
    area: "code",
    change:
      "Record MeshHook's event-loop delay and a CPU profile during one of the stalls. Look for work that runs at this interval, such as a timer, a batch job or a garbage collection, and give it a budget or move it off the path of a webhook.",
    expectedEffect: "The stalls disappear from the tail. The median and the cost per run do not change.",
    effort: "medium",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const stalling = scenarios.filter(isNominal).flatMap((scenario) => {
      const { longest, period } = scenario.episodes;
      // A generator that stands still makes its own requests wait, and regularly so.
      if (scenario.tail?.causes[0]?.cause === "generator") return [];
      // On a disturbed machine single stalls are not reported; regular ones are.
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
          ? "Requests stall although the machine does not"
          : `Every ${seconds(periodic.everyMs)}, all requests stall for about ${String(Math.round(periodic.lengthMs / 10) * 10)} ms`,
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
          metric: `stalls of ${String(STALL_MS_MIN)} ms or more in which the machine's own timer and disk were not delayed`,
          value: inside.length,
          limit: STALLS_MIN,
        },
        {
          scenario: scenario.name,
          metric: "requests in these stalls",
          value: inside.reduce((sum, { slow }) => sum + slow, 0),
        },
      ]),
      cause: isOwn
        ? "The benchmark's own timer and disk flush continued during the stalls, so neither CPU nor disk was the cause: MeshHook or its database was. Regular stalls are caused by a timer."
        : "The stalls are regular, so a timer causes them. The benchmark's own timer or disk flush stalled too, so the timer may belong to something other than MeshHook.",
      effect: { share: largest(stalling.map(({ period }) => period?.share ?? 0.01)), of: "the time" },
    };
  },
};

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
