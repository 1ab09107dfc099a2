import { formatBytes, formatMs, formatNumber, formatShare, NO_FIGURE } from "../report/format.ts";
import type { Figure } from "./figure.ts";

/** A value in the unit of its figure. */
export function formatFigure(unit: Figure["unit"] | null, value: number | null): string {
  if (value === null) return NO_FIGURE;
  return unit === null ? formatNumber(value) : FORMATS[unit](value);
}

/** A ratio as a change: `+3.1 %`, `−12 %`. */
export function formatChange(ratio: number): string {
  const change = ratio - 1;
  return `${change > 0 ? "+" : change < 0 ? "−" : "±"}${formatShare(Math.abs(change))}`;
}

const FORMATS: { readonly [Unit in Figure["unit"]]: (value: number) => string } = {
  ms: formatMs,
  bytes: formatBytes,
  "per second": formatNumber,
  "per run": formatNumber,
};
