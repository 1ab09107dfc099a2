import type { ActiveToxic, Direction } from "./toxic.ts";

/** What all toxics together do to one direction of one connection. */
export interface Effect {
  /** Sums over all latency toxics. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** The strictest bandwidth; null without a limit. */
  readonly bytesPerSecond: number | null;
  /** The finest slicer; null when data is not sliced. */
  readonly slice: { readonly bytes: number; readonly variationBytes: number; readonly pauseMs: number } | null;
  readonly isSwallowing: boolean;
  readonly closeDelayMs: number;
  /** Each limit with its toxic, because each counts from the instant at which it was added. */
  readonly limits: readonly { readonly id: number; readonly bytes: number }[];
}

export const NO_EFFECT: Effect = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: null,
  slice: null,
  isSwallowing: false,
  closeDelayMs: 0,
  limits: [],
};

/** Adds up the toxics of one connection for one of its directions. */
export function effectOf(active: readonly ActiveToxic[], direction: Direction): Effect {
  const ours = active.filter(({ toxic }) => toxic.direction === undefined || toxic.direction === direction);
  const effect = { ...NO_EFFECT, limits: [...NO_EFFECT.limits] };
  for (const { id, toxic } of ours) {
    switch (toxic.kind) {
      case "latency":
        effect.latencyMs += toxic.ms;
        effect.jitterMs += toxic.jitterMs ?? 0;
        break;
      case "bandwidth":
        effect.bytesPerSecond = Math.min(effect.bytesPerSecond ?? Infinity, toxic.bytesPerSecond);
        break;
      case "slicer":
        if (effect.slice === null || toxic.bytes < effect.slice.bytes)
          effect.slice = {
            bytes: toxic.bytes,
            variationBytes: toxic.variationBytes ?? 0,
            pauseMs: toxic.pauseMs ?? 0,
          };
        break;
      case "slow_close":
        effect.closeDelayMs += toxic.ms;
        break;
      case "timeout":
        effect.isSwallowing = true;
        break;
      case "limit_data":
        effect.limits.push({ id, bytes: toxic.bytes });
        break;
      case "reset_peer":
      case "down":
        // These end whole connections; `Link` and the proxy's process see to them.
        break;
    }
  }
  return effect;
}
