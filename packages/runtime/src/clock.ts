import type { Micros } from "@meshhook/core";

/** Where the runtime's times come from. Wall time for facts, monotonic time for durations. */
export interface Clock {
  /** Unix microseconds. May step when the host's clock is set; a run's facts never go back in time. */
  now(): Micros;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
}

const DRIFT_US_MAX = 2_000;

/**
 * The host's clock with microsecond resolution.
 *
 * `Date.now()` has milliseconds only and `performance` does not follow clock corrections, so `performance` is anchored to `Date.now()`, and
 * anchored again when they have drifted apart by more than 2 ms.
 */
export function systemClock(): Clock {
  let offsetUs = Date.now() * 1_000 - performance.now() * 1_000;
  let calls = 0;
  return {
    now() {
      const at = Math.round(offsetUs + performance.now() * 1_000);
      // Reading the wall clock costs as much as the rest, so every 1,024th call does it.
      if ((++calls & 1_023) === 0) {
        const wall = Date.now() * 1_000;
        if (wall - at > DRIFT_US_MAX || at - wall > DRIFT_US_MAX) offsetUs += wall - at;
      }
      return at;
    },
    monotonicMs: () => performance.now(),
  };
}
