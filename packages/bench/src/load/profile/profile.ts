/**
 * When requests are due: the arrival rate as a function of time, whatever the target answers (open model).
 *
 * A profile is a row of segments. Everything is a pure function of it: the same profile gives the same instants everywhere.
 */
export type LoadProfile = readonly Segment[];

/** `linear`: the rate goes straight from one value to the other. `burst`: all at once at the start, then silence. */
export type Segment =
  | {
      readonly kind: "linear";
      readonly fromPerSecond: number;
      readonly toPerSecond: number;
      readonly durationMs: number;
    }
  | { readonly kind: "burst"; readonly count: number; readonly durationMs: number };

/** The same rate throughout. */
export function constant(ratePerSecond: number, durationMs: number): LoadProfile {
  return [{ kind: "linear", fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond, durationMs }];
}

/** A rate that grows or falls evenly. */
export function ramp(fromPerSecond: number, toPerSecond: number, durationMs: number): LoadProfile {
  return [{ kind: "linear", fromPerSecond, toPerSecond, durationMs }];
}

/** One rate after the other, each for the same time. */
export function step(ratesPerSecond: readonly number[], stageMs: number): LoadProfile {
  return ratesPerSecond.flatMap((rate) => constant(rate, stageMs));
}

/** A base rate with one higher stretch in it. */
export function spike(options: {
  readonly basePerSecond: number;
  readonly peakPerSecond: number;
  readonly beforeMs: number;
  readonly peakMs: number;
  readonly afterMs: number;
}): LoadProfile {
  return [
    ...constant(options.basePerSecond, options.beforeMs),
    ...constant(options.peakPerSecond, options.peakMs),
    ...constant(options.basePerSecond, options.afterMs),
  ];
}

/** `count` requests at once, `times` times, `everyMs` apart. */
export function burst(count: number, everyMs: number, times: number): LoadProfile {
  return Array.from({ length: times }, () => ({ kind: "burst", count, durationMs: everyMs }) as const);
}

export function durationMsOf(profile: LoadProfile): number {
  return profile.reduce((sum, segment) => sum + segment.durationMs, 0);
}

/** The highest rate anywhere; for a burst, its requests over its own time. */
export function peakPerSecondOf(profile: LoadProfile): number {
  return profile.reduce(
    (peak, segment) =>
      Math.max(
        peak,
        segment.kind === "linear"
          ? Math.max(segment.fromPerSecond, segment.toPerSecond)
          : (segment.count * 1_000) / segment.durationMs,
      ),
    0,
  );
}
