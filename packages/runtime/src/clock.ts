import type { Micros } from "@meshhook/core";

/** A timer that was set; `Clock.clearTimer` stops it. */
export interface Timer {
  /** Lets the process end before it fires. */
  unref(): unknown;
}

/**
 * Where the runtime's times come from, and the only thing that wakes it up at a time: wall time for facts, monotonic time for durations,
 * timers, turns of the event loop. Under another clock the same code runs in simulated time (docs/decisions/0064).
 */
export interface Clock {
  /** Unix microseconds. May step when the host's clock is set; a run's facts never go back in time. */
  now(): Micros;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Calls `action` once, in `ms` milliseconds at the earliest, and never before this returns. */
  setTimer(action: () => void, ms: number): Timer;
  /** Does nothing when the timer has fired or was stopped before. */
  clearTimer(timer: Timer): void;
  /** Calls `action` once the event loop has read the sockets of this turn. */
  afterTurn(action: () => void): void;
}

/** Resolves in `ms` milliseconds at the earliest. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(resolve, ms));
}

/** Calls `action` every `ms` milliseconds until the returned function is called. */
export function repeat(clock: Clock, ms: number, action: () => void): () => void {
  let timer: Timer;
  const arm = (): void => {
    timer = clock.setTimer(() => {
      arm();
      action();
    }, ms);
  };
  arm();
  return () => clock.clearTimer(timer);
}

const DRIFT_US_MAX = 2_000;
/** In between, nobody notices that the wall clock was corrected. */
const UNREAD_MS_MAX = 500;

/**
 * The host's clock with microsecond resolution, and Node's timers.
 *
 * `Date.now()` has milliseconds only and `performance` does not follow clock corrections, so `performance` is anchored to `Date.now()`, and
 * anchored again when they have drifted apart by more than 2 ms. One for the whole process: by another anchor, the intake would date a
 * delivery a millisecond ahead of the engine, which would let its first call wait for as long.
 */
export function systemClock(): Clock {
  return SYSTEM_CLOCK;
}

function openSystemClock(): Clock {
  let offsetUs = Date.now() * 1_000 - performance.now() * 1_000;
  let readMs = performance.now();
  return {
    now() {
      const nowMs = performance.now();
      // Reading the wall clock costs as much as the rest, so it is read now and then: by time, because a process that has little to do must not
      // be wrong for longer than others.
      if (nowMs - readMs > UNREAD_MS_MAX) {
        readMs = nowMs;
        const driftUs = Date.now() * 1_000 - offsetUs - nowMs * 1_000;
        if (driftUs > DRIFT_US_MAX || driftUs < -DRIFT_US_MAX) offsetUs += driftUs;
      }
      return Math.round(offsetUs + nowMs * 1_000);
    },
    monotonicMs: () => performance.now(),
    setTimer: (action, ms) => setTimeout(action, ms),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
    afterTurn: (action) => void setImmediate(action),
  };
}

const SYSTEM_CLOCK = openSystemClock();
