import { fitSlope } from "../../stats/index.ts";
import { largest, measuredSeries } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Fewer seconds than this cannot tell a leak from a heap that fills up before its first collection. */
const SECONDS_MIN = 30;
const GROWTH_MIN = 0.3;
const GROWTH_BYTES_MIN = 64_000_000;
/** A leak is a line; collections make a saw. */
const EXPLAINED_MIN = 0.8;

export const memoryGrowth: Rule = {
  name: "memory-growth",
  looksFor: "Memory that grows steadily while the load is constant.",
  diagnose({ scenarios }) {
    const growing = scenarios.flatMap((scenario) => {
      const points = measuredSeries(scenario).flatMap(({ second, meshhookRssBytes }) =>
        meshhookRssBytes === undefined || meshhookRssBytes === null ? [] : [[second, meshhookRssBytes] as const],
      );
      const slope = points.length < SECONDS_MIN ? null : fitSlope(points);
      const first = points[0]?.[1] ?? 0;
      if (slope === null || first === 0) return [];
      const growthBytes = slope.perUnit * points.length;
      const isGrowing =
        growthBytes > GROWTH_BYTES_MIN && growthBytes / first > GROWTH_MIN && slope.explained > EXPLAINED_MIN;
      return isGrowing ? [{ scenario, slope, growth: growthBytes / first }] : [];
    });
    if (growing.length === 0) return null;
    return {
      severity: "warning",
      title: "MeshHook's memory grows under constant load",
      evidence: growing.flatMap(({ scenario, slope, growth }) => [
        {
          scenario: scenario.name,
          metric: "growth of the resident set over the measured time",
          value: growth,
          limit: GROWTH_MIN,
        },
        { scenario: scenario.name, metric: "bytes per second", value: Math.round(slope.perUnit) },
      ]),
      cause:
        "Something is kept for every run or delivery: runs that ended, listeners, entries of a map without a bound.",
      recommendation: {
        area: "code",
        change:
          "Take two heap snapshots some minutes apart under this load and compare retained objects; give the collection that grows a limit or an end.",
        expectedEffect: "Constant memory; fewer and shorter garbage collections, so a shorter tail.",
        effort: "medium",
        risk: "low",
        experiment: null,
      },
      effect: { share: largest(growing.map(({ growth }) => growth / (1 + growth))), of: "the memory" },
    };
  },
};
