import { LatencyRecorder } from "../measure/latency.ts";
import type { LoadPoint } from "../result/result.ts";
import { isQuiet } from "./judged-block.ts";
import type { JudgedBlock } from "./judged-block.ts";

/** What MeshHook did with each load that was tried, in ascending order. Blocks with lost work have no throughput and are left out. */
export function loadPoints(blocks: readonly JudgedBlock[]): readonly LoadPoint[] {
  return [...alike(blocks)]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([size, group]) => {
      const known = quietOnes(group.filter(({ figures }) => figures.throughput !== null));
      const [first] = known;
      if (first === undefined) return [];
      const { load } = first.evidence.scenario;
      const percentile = (name: string, percent: number) =>
        roughly(
          known.flatMap(({ figures }) => figures.latencies[name] ?? []),
          percent,
        );
      return [
        {
          offeredPerSecond: load.kind === "paced" ? size : null,
          senders: load.kind === "paced" ? null : size,
          achievedPerSecond:
            known.reduce((sum, { figures }) => sum + (figures.throughput?.completedPerSecond ?? 0), 0) / known.length,
          ackP50Ms: percentile("ack", 50),
          ackP99Ms: percentile("ack", 99),
          doneP50Ms: percentile("done", 50),
          doneP99Ms: percentile("done", 99),
          blocks: known.length,
        },
      ];
    });
}

/** The rate of a block, the processes that served it, or its senders. */
export function sizeOf({ evidence: { scenario } }: JudgedBlock): number {
  const { load } = scenario;
  return load.kind === "paced" ? load.ratePerSecond : (load.processes ?? load.senders);
}

/** Blocks by the size of their load. */
export function alike(blocks: readonly JudgedBlock[]): ReadonlyMap<number, readonly JudgedBlock[]> {
  const groups = new Map<number, JudgedBlock[]>();
  for (const block of blocks) groups.set(sizeOf(block), [...(groups.get(sizeOf(block)) ?? []), block]);
  return groups;
}

/** Those that nothing disturbed, where there are any. */
export function quietOnes(blocks: readonly JudgedBlock[]): readonly JudgedBlock[] {
  const quiet = blocks.filter(isQuiet);
  return quiet.length === 0 ? blocks : quiet;
}

/** Fewer samples beyond a percentile than this are one stall. */
const BEYOND_MIN = 3;

function roughly(recorders: readonly LatencyRecorder[], percent: number): number | null {
  const merged = LatencyRecorder.merged(recorders);
  return (merged.count + merged.failed) * (1 - percent / 100) < BEYOND_MIN ? null : merged.percentileMs(percent);
}
