import type { LoadProfile } from "./profile.ts";

/** The instants of a profile. */
export interface Arrivals {
  /** How many requests the whole profile asks for. */
  readonly count: number;
  /**
   * When request `n` (from 0) is due, in nanoseconds from the start; rounded down, exact for whole rates. `Infinity` at and beyond
   * `count`.
   */
  dueNs(n: number): number;
}

/** Lays the arrivals of a profile out in time: the first is due at the start, and none at the very end. */
export function arrivalsOf({ ratePerSecond, durationMs }: LoadProfile): Arrivals {
  const count = Math.ceil((ratePerSecond * durationMs) / 1_000);
  return {
    count,
    dueNs(n) {
      if (n >= count) return Infinity;
      // Whole seconds apart from the rest: n × 10⁹ alone would leave the range of exact integers after 9 million requests.
      const seconds = Math.floor(n / ratePerSecond);
      return seconds * 1e9 + Math.floor(((n - seconds * ratePerSecond) * 1e9) / ratePerSecond);
    },
  };
}
