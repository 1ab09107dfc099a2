import { medianSlope } from "../../stats/index.ts";
import { isNominal, largest, measuredSeries } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** A warm process gains none; one whose collections come late on a busy machine was seen to gain 3.3 MB/s for 12 s. */
const BYTES_PER_SECOND_MAX = 4_000_000;

export const memoryGrowth: Rule = {
  name: "memory-growth",
  looksFor: "Memory that grows steadily while the load is constant.",
  diagnose({ scenarios }) {
    const growing = scenarios.filter(isNominal).flatMap((scenario) => {
      const points = measuredSeries(scenario).flatMap(({ second, meshhookRssBytes }) =>
        meshhookRssBytes === undefined || meshhookRssBytes === null ? [] : [[second, meshhookRssBytes] as const],
      );
      const bytesPerSecond = medianSlope(points) ?? scenario.memoryGrowthBytesPerSecond ?? 0;
      const first = points[0]?.[1] ?? 0;
      if (first === 0 || bytesPerSecond <= BYTES_PER_SECOND_MAX) return [];
      return [{ scenario, bytesPerSecond, growth: (bytesPerSecond * points.length) / first }];
    });
    if (growing.length === 0) return null;
    return {
      severity: "warning",
      title: "MeshHook's memory grows under constant load",
      evidence: growing.flatMap(({ scenario, bytesPerSecond, growth }) => [
        {
          scenario: scenario.name,
          metric: "resident bytes gained per second, median slope",
          value: Math.round(bytesPerSecond),
          limit: BYTES_PER_SECOND_MAX,
        },
        { scenario: scenario.name, metric: "growth over the measured time", value: growth },
      ]),
      cause:
        "Something is kept for every run or delivery: runs that have ended, listeners, or entries of an unbounded map.",
      recommendation: {
        area: "code",
        change:
          "Take two heap snapshots a few minutes apart under this load and compare the retained objects. Limit the collection that grows, or remove its entries when they are no longer needed.",
        expectedEffect: "Constant memory, and fewer and shorter garbage collections, so the tail becomes shorter.",
        effort: "medium",
        risk: "low",
        experiment: null,
      },
      effect: { share: largest(growing.map(({ growth }) => growth / (1 + growth))), of: "the memory" },
    };
  },
};
