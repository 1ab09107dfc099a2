/**
 * When requests are due, whatever the target answers (open model): evenly spaced. A pure function of time: the same profile gives the
 * same instants everywhere.
 */
export interface LoadProfile {
  readonly ratePerSecond: number;
  readonly durationMs: number;
}

/** The same rate throughout. */
export function constant(ratePerSecond: number, durationMs: number): LoadProfile {
  return { ratePerSecond, durationMs };
}
