import type { LatencyHeatmap } from "../../../result/result.ts";
import { formatNumber } from "../../format.ts";
import type { Scale } from "../scale.ts";

/** Cells by shade: how many requests had which latency at which time. */
export interface Heatmap {
  /** The lightest first. */
  readonly levels: readonly HeatLevel[];
}

export interface HeatLevel {
  /** From 1 to 7, so that few levels differ as much as they can. */
  readonly shade: number;
  /** Rectangles. */
  readonly path: string;
  /** How many requests a cell holds: `1`, `2–3`, `4–7`. */
  readonly key: string;
}

/** At most this many shades can be told apart. */
const LEVELS_MAX = 7;

/**
 * Lays a heatmap of a result on two axes. Each shade holds at least twice as many requests as the one before, because the tail is a few
 * requests beside thousands.
 *
 * @param x  Of milliseconds on the scenario's timeline.
 * @param y  Of latencies in milliseconds.
 */
export function heatmapOf(heatmap: LatencyHeatmap, x: (ms: number) => number, y: Scale): Heatmap {
  const { counts, edgesMs, startMs, stepMs } = heatmap;
  const most = Math.max(1, ...counts.flat());
  const octaves = Math.floor(Math.log2(most)) + 1;
  const perLevel = Math.ceil(octaves / LEVELS_MAX);
  const levels = Math.ceil(octaves / perLevel);
  const paths = Array.from({ length: levels }, () => "");
  const rows = Math.max(0, edgesMs.length - 1);
  for (let row = 0; row < rows; row += 1) {
    const top = 1000 - Math.round(y.position(edgesMs[row + 1] ?? 0));
    const height = 1000 - Math.round(y.position(edgesMs[row] ?? 0)) - top;
    if (height <= 0) continue;
    let column = 0;
    while (column < counts.length) {
      const level = levelOf(counts[column]?.[row] ?? 0, perLevel);
      let end = column + 1;
      while (end < counts.length && levelOf(counts[end]?.[row] ?? 0, perLevel) === level) end += 1;
      if (level !== null) {
        const left = Math.round(x(startMs + column * stepMs));
        const right = Math.round(x(startMs + end * stepMs));
        if (right > left) paths[level] += `M${left} ${top}h${right - left}v${height}h${left - right}z`;
      }
      column = end;
    }
  }
  return {
    levels: paths.map((path, level) => {
      const from = 2 ** (level * perLevel);
      const until = 2 ** ((level + 1) * perLevel) - 1;
      return {
        shade: levels === 1 ? LEVELS_MAX : 1 + Math.round((level * (LEVELS_MAX - 1)) / (levels - 1)),
        path,
        key: from === until ? formatNumber(from) : `${formatNumber(from)}–${formatNumber(until)}`,
      };
    }),
  };
}

function levelOf(count: number, perLevel: number): number | null {
  return count <= 0 ? null : Math.floor(Math.log2(count) / perLevel);
}
