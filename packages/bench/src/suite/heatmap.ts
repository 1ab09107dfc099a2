import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { LatencyHeatmap } from "../result/result.ts";

const COLUMNS_MAX = 120;
const STEP_MS_MIN = 100;
const ROWS_PER_DECADE = 6;
/** Below a hundredth of a millisecond there is no answer over HTTP. */
const EDGE_MS_MIN = 0.01;

/** Counts the requests of a load by the time at which they were due and by the time their answer took; null without an answer. */
export function heatmapOf(ledger: Ledger): LatencyHeatmap | null {
  let untilUs = 0;
  let leastMs = Infinity;
  let mostMs = 0;
  for (let n = 0; n < ledger.count; n += 1) {
    untilUs = Math.max(untilUs, ledger.intendedUs[n] ?? 0);
    if (!isAccepted(ledger.outcome[n] ?? 0)) continue;
    const ms = latencyMs(ledger, n);
    leastMs = Math.min(leastMs, ms);
    mostMs = Math.max(mostMs, ms);
  }
  if (!Number.isFinite(leastMs)) return null;
  const stepMs = Math.max(STEP_MS_MIN, Math.ceil((untilUs + 1) / 1_000 / COLUMNS_MAX / STEP_MS_MIN) * STEP_MS_MIN);
  const columns = Math.floor(untilUs / 1_000 / stepMs) + 1;
  const lowest = stepOf(leastMs);
  const rows = stepOf(mostMs) - lowest + 1;
  const counts = Array.from({ length: columns }, () => Array.from({ length: rows }, () => 0));
  const failed = Array.from({ length: columns }, () => 0);
  for (let n = 0; n < ledger.count; n += 1) {
    const column = Math.max(0, Math.floor((ledger.intendedUs[n] ?? 0) / 1_000 / stepMs));
    if (isAccepted(ledger.outcome[n] ?? 0)) {
      const cells = counts[column];
      const row = stepOf(latencyMs(ledger, n)) - lowest;
      if (cells !== undefined) cells[row] = (cells[row] ?? 0) + 1;
    } else failed[column] = (failed[column] ?? 0) + 1;
  }
  const edgesMs = Array.from({ length: rows + 1 }, (_, row) => edgeMs(lowest + row));
  return { of: "ack", startMs: 0, stepMs, edgesMs, counts, failed };
}

function latencyMs(ledger: Ledger, n: number): number {
  return Math.max(EDGE_MS_MIN, ((ledger.answeredUs[n] ?? 0) - (ledger.intendedUs[n] ?? 0)) / 1_000);
}

/** The number of the row, counted from one millisecond. Edges are rounded, and an edge belongs to the row above it. */
function stepOf(ms: number): number {
  const step = Math.floor(Math.log10(ms) * ROWS_PER_DECADE);
  if (ms < edgeMs(step)) return step - 1;
  return ms >= edgeMs(step + 1) ? step + 1 : step;
}

function edgeMs(step: number): number {
  return Number((10 ** (step / ROWS_PER_DECADE)).toPrecision(4));
}
