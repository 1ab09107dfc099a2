import type { BlockLatency } from "../result/result.ts";
import type { Figures } from "./figures.ts";

/** Fewer samples of a block beyond a percentile than this are one stall. */
const BEYOND_MIN = 3;

/** Percentiles by the names that results have for them. */
const PERCENTS = { p50Ms: 50, p90Ms: 90, p95Ms: 95, p99Ms: 99, p999Ms: 99.9 } as const;

type RoughLatency = BlockLatency & { readonly [Statistic in keyof typeof PERCENTS | "meanMs"]: number | null };

/**
 * A block's figures, with percentiles that rest on few samples. They are compared with each other and with a limit, block by block, and
 * never shown as a result of their own.
 *
 * @param beyondMin  Samples beyond a percentile that it needs; 3 when absent.
 */
export function roughFigures(
  figures: Figures,
  beyondMin = BEYOND_MIN,
): Omit<Figures, "latency"> & {
  readonly latency: { readonly [name: string]: RoughLatency };
} {
  const latency = Object.fromEntries(
    Object.entries(figures.latencies).map(([name, recorder]) => {
      const { count, failed } = recorder;
      const at = (percent: number) =>
        (count + failed) * (1 - percent / 100) < beyondMin ? null : recorder.percentileMs(percent);
      return [
        name,
        {
          count,
          failed,
          p50Ms: at(PERCENTS.p50Ms),
          p90Ms: at(PERCENTS.p90Ms),
          p95Ms: at(PERCENTS.p95Ms),
          p99Ms: at(PERCENTS.p99Ms),
          p999Ms: at(PERCENTS.p999Ms),
          meanMs: failed > 0 || count === 0 ? null : recorder.meanMs,
        },
      ];
    }),
  );
  return { ...figures, latency };
}
