import { median } from "simple-statistics";
import type { ScenarioResult } from "../../result/result.ts";
import { medianSlope } from "../../stats/index.ts";
import { isNominal, largest, measuredSeries } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** A warm process gains none; one whose collections come late on a busy machine was seen to gain 3.3 MB/s for 12 s. */
const BYTES_PER_SECOND_MAX = 4_000_000;

/** Of what is held between the blocks of a suite: collections have given back by then what they can. */
const IDLE_BYTES_PER_SECOND_MAX = 1_000_000;

export const memoryGrowth: Rule = {
  name: "memory-growth",
  looksFor: "Memory that grows steadily while the load is constant, or from block to block of the whole suite.",
  advice: {
    area: "code",
    change:
      "Take two heap snapshots a few minutes apart under this load and compare the retained objects. Limit the collection that grows, or remove its entries when they are no longer needed.",
    expectedEffect: "Constant memory, and fewer and shorter garbage collections, so the tail becomes shorter.",
    effort: "medium",
    risk: "low",
  },
  diagnose({ scenarios }) {
    const growing: Growth[] = [
      ...scenarios.filter(isNominal).flatMap((scenario) => {
        const bytesPerSecond = underLoad(scenario);
        const first = scenario.series.find(({ meshhookRssBytes }) => typeof meshhookRssBytes === "number");
        const rssBytes = first?.meshhookRssBytes ?? 0;
        if (rssBytes === 0 || bytesPerSecond <= BYTES_PER_SECOND_MAX) return [];
        const growth = (bytesPerSecond * scenario.load.durationMs) / 1_000 / rssBytes;
        return [{ of: scenario.name, bytesPerSecond, limit: BYTES_PER_SECOND_MAX, growth }];
      }),
      ...betweenBlocks(scenarios),
    ];
    if (growing.length === 0) return null;
    return {
      severity: "warning",
      title: "MeshHook's memory grows under constant load",
      evidence: growing.flatMap(({ of, bytesPerSecond, limit, growth }) => [
        {
          scenario: of,
          metric: "resident bytes gained per second, median slope",
          value: Math.round(bytesPerSecond),
          limit,
        },
        { scenario: of, metric: "growth over the measured time", value: growth },
      ]),
      cause:
        "Something is kept for every run or delivery: runs that have ended, listeners, or entries of an unbounded map.",
      effect: { share: largest(growing.map(({ growth }) => growth / (1 + growth))), of: "the memory" },
    };
  },
};

interface Growth {
  readonly of: string;
  readonly bytesPerSecond: number;
  readonly limit: number;
  readonly growth: number;
}

/** Within the blocks only: between them other loads ran. The median of the blocks that are long enough. */
function underLoad(scenario: ScenarioResult): number {
  const points = measuredSeries(scenario).flatMap(({ second, meshhookRssBytes }) =>
    meshhookRssBytes === undefined || meshhookRssBytes === null ? [] : [[second, meshhookRssBytes] as const],
  );
  const parts = scenario.blocks ?? [{ fromMs: 0, untilMs: Infinity }];
  const slopes = parts.flatMap(
    ({ fromMs, untilMs }) =>
      medianSlope(points.filter(([second]) => second * 1_000 >= fromMs && second * 1_000 < untilMs)) ?? [],
  );
  return slopes.length === 0 ? (scenario.memoryGrowthBytesPerSecond ?? 0) : median(slopes);
}

function betweenBlocks(scenarios: readonly ScenarioResult[]): readonly Growth[] {
  const points = scenarios.flatMap(({ blocks = [] }) =>
    blocks.flatMap(({ startedAtMs, meshhookRssBytes }) =>
      meshhookRssBytes === null ? [] : [[startedAtMs / 1_000, meshhookRssBytes] as const],
    ),
  );
  const bytesPerSecond = medianSlope(points) ?? 0;
  if (bytesPerSecond <= IDLE_BYTES_PER_SECOND_MAX) return [];
  const seconds = points.map(([second]) => second);
  const least = Math.min(...points.map(([, bytes]) => bytes));
  const growth = (bytesPerSecond * (Math.max(...seconds) - Math.min(...seconds))) / Math.max(1, least);
  return [{ of: "suite", bytesPerSecond, limit: IDLE_BYTES_PER_SECOND_MAX, growth }];
}
