import { bucketMs } from "../measure/latency.ts";
import type { LatencyRecorder } from "../measure/latency.ts";
import type { FigureInterval } from "../result/result.ts";
import { bootstrapInterval, isAmongFailures } from "../stats/index.ts";
import type { Figures } from "./figures.ts";

const STATISTICS = { p50Ms: 0.5, p90Ms: 0.9, p95Ms: 0.95, p99Ms: 0.99, p999Ms: 0.999 } as const;

/** Fewer samples of a block beyond a percentile than this are one stall. */
const BEYOND_MIN = 3;

/**
 * How far every figure of a scenario ranges over its blocks, by path.
 *
 * From five blocks on by bootstrap over whole blocks (percentiles are of the resampled blocks together, never averaged). With fewer, a
 * level would mean nothing: then it is the range from the smallest to the largest block. A figure that a block does not carry has none.
 */
export function intervalsOf(blocks: readonly Figures[], seed: number): { readonly [metric: string]: FigureInterval } {
  if (blocks.length < 2) return {};
  const intervals: Record<string, FigureInterval> = {};
  const note = (metric: string, interval: FigureInterval | null) => {
    if (interval !== null) intervals[metric] = interval;
  };
  for (const name of Object.keys(blocks[0]?.latencies ?? {})) {
    const recorders = blocks.flatMap(({ latencies }) => latencies[name] ?? []);
    const distribution = cumulative(recorders);
    for (const [statistic, quantile] of Object.entries(STATISTICS))
      note(`latency.${name}.${statistic}`, ofPercentile(distribution, quantile, seed));
    note(`latency.${name}.meanMs`, ofMean(recorders, seed));
  }
  for (const [metric, read] of SINGLE_FIGURES) note(metric, ofValues(blocks.map(read), seed));
  return intervals;
}

/** Figures of which each block has one value. */
const SINGLE_FIGURES: readonly (readonly [metric: string, read: (figures: Figures) => number | null])[] = [
  ["throughput.ackedPerSecond", ({ throughput }) => throughput?.ackedPerSecond ?? null],
  ["throughput.completedPerSecond", ({ throughput }) => throughput?.completedPerSecond ?? null],
  [
    "work.meshhookCpuMs + work.postgresCpuMs",
    ({ work }) => (work === null ? null : work.meshhookCpuMs + work.postgresCpuMs),
  ],
  ["outage.clientsMs", ({ outage }) => outage?.clientsMs ?? null],
  ["memoryGrowthBytesPerSecond", ({ memoryGrowthBytesPerSecond }) => memoryGrowthBytesPerSecond],
  ["roofShare.rawHttp", ({ roofShare }) => roofShare?.["rawHttp"] ?? null],
  ["roofShare.copyRows", ({ roofShare }) => roofShare?.["copyRows"] ?? null],
  ["roofShare.commits", ({ roofShare }) => roofShare?.["commits"] ?? null],
  ...(
    [
      "statements",
      "statementsPerCommit",
      "commits",
      "journalRows",
      "walBytes",
      "meshhookCpuMs",
      "postgresCpuMs",
    ] as const
  ).map((name) => [`work.${name}`, ({ work }: Figures) => work?.[name] ?? null] as const),
];

function ofPercentile(
  { buckets, blocks }: ReturnType<typeof cumulative>,
  quantile: number,
  seed: number,
): FigureInterval | null {
  if (blocks.some(({ count, failed }) => (count + failed) * (1 - quantile) < BEYOND_MIN)) return null;
  return ofBlocks(blocks, (drawn) => percentileMs(buckets, drawn, quantile), seed);
}

function ofMean(blocks: readonly LatencyRecorder[], seed: number): FigureInterval | null {
  if (blocks.some(({ count, failed }) => count === 0 || failed > 0)) return null;
  const sum = (drawn: readonly LatencyRecorder[], of: (block: LatencyRecorder) => number) =>
    drawn.reduce((total, block) => total + of(block), 0);
  return ofBlocks(
    blocks,
    (drawn) => sum(drawn, ({ meanMs, count }) => meanMs * count) / sum(drawn, ({ count }) => count),
    seed,
  );
}

function ofValues(values: readonly (number | null)[], seed: number): FigureInterval | null {
  const known = values.flatMap((value) => (value === null || !Number.isFinite(value) ? [] : [value]));
  if (known.length < values.length) return null;
  return ofBlocks(known, (drawn) => drawn.reduce((sum, value) => sum + value, 0) / drawn.length, seed);
}

const RESAMPLES = 2_000;

function ofBlocks<Block>(
  blocks: readonly Block[],
  statistic: (drawn: readonly Block[]) => number,
  seed: number,
): FigureInterval | null {
  const interval = bootstrapInterval(blocks, statistic, { seed, resamples: RESAMPLES });
  const range =
    interval ??
    blocks
      .map((block) => statistic([block]))
      .reduce(({ low, high }, value) => ({ low: Math.min(low, value), high: Math.max(high, value) }), {
        low: Infinity,
        high: -Infinity,
      });
  if (!Number.isFinite(range.low) || !Number.isFinite(range.high)) return null;
  return { low: range.low, high: range.high, level: interval?.level ?? null, blocks: blocks.length };
}

/** A distribution as counts up to each bucket, on buckets that all blocks share: a percentile of any of them together is one search. */
interface CumulativeBlock {
  readonly upTo: Float64Array;
  readonly count: number;
  readonly failed: number;
}

function cumulative(blocks: readonly LatencyRecorder[]): {
  readonly buckets: readonly number[];
  readonly blocks: readonly CumulativeBlock[];
} {
  const buckets = [...new Set(blocks.flatMap((block) => [...block.buckets.keys()]))].sort((a, b) => a - b);
  return {
    buckets,
    blocks: blocks.map(({ buckets: counts, count, failed }) => {
      const upTo = new Float64Array(buckets.length);
      let sum = 0;
      buckets.forEach((bucket, index) => {
        sum += counts.get(bucket) ?? 0;
        upTo[index] = sum;
      });
      return { upTo, count, failed };
    }),
  };
}

/** Of several blocks together; infinite where the percentile lies among what never came. */
function percentileMs(buckets: readonly number[], blocks: readonly CumulativeBlock[], quantile: number): number {
  let [count, failed] = [0, 0];
  for (const block of blocks) {
    count += block.count;
    failed += block.failed;
  }
  if (count === 0 || isAmongFailures({ count, failed }, quantile)) return Infinity;
  const rank = Math.max(1, Math.ceil(quantile * (count + failed)));
  let [low, high] = [0, buckets.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    let upTo = 0;
    for (const block of blocks) upTo += block.upTo[middle] ?? 0;
    if (upTo >= rank) high = middle;
    else low = middle + 1;
  }
  return bucketMs(buckets[low] ?? 0);
}
