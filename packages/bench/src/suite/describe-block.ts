import type { Block } from "../result/result.ts";
import type { Threshold } from "../scenario/scenario.ts";
import { judge } from "../scenario/threshold.ts";
import { anomaliesOf } from "./anomalies.ts";
import type { JudgedBlock } from "./judged-block.ts";
import { roughFigures } from "./rough-figures.ts";
import { warmUpOf } from "./warm-up.ts";
import { windowsOf } from "./window.ts";

/** A block as the result has it, on the timeline of its scenario. */
export function describeBlock(
  { evidence, figures, disturbances }: JudgedBlock,
  of: { readonly isJudged: boolean; readonly offsetUs: number; readonly limits: readonly Threshold[] },
): Block {
  const [window] = windowsOf(evidence);
  return {
    startedAtMs: evidence.startedAtMs,
    fromMs: ((window?.fromUs ?? 0) + of.offsetUs) / 1_000,
    untilMs: ((window?.untilUs ?? 0) + of.offsetUs) / 1_000,
    isJudged: of.isJudged,
    disturbances,
    isBacked: figures.generator.isBacked,
    canary: evidence.canary ?? null,
    meshhookRssBytes: evidence.measured.readings[0]?.processes.get("meshhook")?.rssBytes ?? null,
    latency: Object.fromEntries(
      Object.entries(roughFigures(figures).latency).map(([name, { count, failed, p50Ms, p99Ms }]) => [
        name,
        { count, failed, p50Ms, p99Ms },
      ]),
    ),
    completedPerSecond: figures.throughput?.completedPerSecond ?? null,
    missed: judge(
      of.limits.filter(({ kind = "limit" }) => kind === "limit"),
      roughFigures(figures),
    ).flatMap(({ holds, actual, expression }) => (holds || actual === null ? [] : [expression])),
    anomalies: anomaliesOf(evidence).map((anomaly) => ({
      ...anomaly,
      fromMs: anomaly.fromMs + of.offsetUs / 1_000,
      untilMs: anomaly.untilMs + of.offsetUs / 1_000,
    })),
    warmUp: warmUpOf(evidence),
  };
}
