/**
 * When requests are due, whatever the target answers (open model): parts that follow each other. A pure function of time: the same
 * profile gives the same instants everywhere.
 */
export interface LoadProfile {
  readonly parts: readonly LoadPart[];
  readonly arrivals: ArrivalKind;
}

/**
 * How requests are spread within a part with a rate. `even`: as regularly as the rate allows. `poisson`: as many senders that know
 * nothing of each other send, by a seed.
 */
export type ArrivalKind = { readonly kind: "even" } | { readonly kind: "poisson"; readonly seed: number };

export type LoadPart = RatePart | TracePart;

/** The rate goes from one to the other in a straight line. */
export interface RatePart {
  readonly kind: "rate";
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
  readonly durationMs: number;
}

/** Requests at recorded instants, milliseconds from the start of the part, in order. */
export interface TracePart {
  readonly kind: "trace";
  readonly offsetsMs: readonly number[];
  readonly durationMs: number;
}

const EVEN: ArrivalKind = { kind: "even" };

/** The same rate throughout. */
export function constant(ratePerSecond: number, durationMs: number): LoadProfile {
  return profileOf([level(ratePerSecond, durationMs)]);
}

/** From one rate to another in a straight line. */
export function ramp(fromPerSecond: number, toPerSecond: number, durationMs: number): LoadProfile {
  return profileOf([{ kind: "rate", fromPerSecond, toPerSecond, durationMs }]);
}

/** Several rates, each for the same time. */
export function steps(ratesPerSecond: readonly number[], eachMs: number): LoadProfile {
  return profileOf(ratesPerSecond.map((rate) => level(rate, eachMs)));
}

/** A rate with one peak in it. */
export function spike(options: {
  readonly ratePerSecond: number;
  readonly peakPerSecond: number;
  readonly atMs: number;
  readonly forMs: number;
  readonly durationMs: number;
}): LoadProfile {
  const { ratePerSecond, peakPerSecond, atMs, forMs, durationMs } = options;
  return profileOf([
    level(ratePerSecond, atMs),
    level(peakPerSecond, forMs),
    level(ratePerSecond, durationMs - atMs - forMs),
  ]);
}

/** A rate with a peak at the start of every period; the last period may be cut off. */
export function bursts(options: {
  readonly ratePerSecond: number;
  readonly peakPerSecond: number;
  readonly everyMs: number;
  readonly forMs: number;
  readonly durationMs: number;
}): LoadProfile {
  const { ratePerSecond, peakPerSecond, everyMs, forMs, durationMs } = options;
  const parts: LoadPart[] = [];
  for (let fromMs = 0; fromMs < durationMs; fromMs += everyMs) {
    const leftMs = durationMs - fromMs;
    parts.push(
      level(peakPerSecond, Math.min(forMs, leftMs)),
      level(ratePerSecond, Math.max(0, Math.min(everyMs, leftMs) - forMs)),
    );
  }
  return profileOf(parts);
}

/** Recorded instants again, milliseconds from the start, in order; those at or after `durationMs` are left out. */
export function trace(offsetsMs: readonly number[], durationMs: number): LoadProfile {
  return profileOf([{ kind: "trace", offsetsMs: offsetsMs.filter((offset) => offset < durationMs), durationMs }]);
}

/** The same rates with other arrivals. */
export function arriving(profile: LoadProfile, arrivals: ArrivalKind): LoadProfile {
  return { ...profile, arrivals };
}

/** The profile after `warmupMs` at the rate it begins with. */
export function warmedUp(profile: LoadProfile, warmupMs: number): LoadProfile {
  const [first] = profile.parts;
  const rate = first === undefined ? 0 : first.kind === "rate" ? first.fromPerSecond : meanPerSecond(profile);
  return { ...profile, parts: merged([level(rate, warmupMs), ...profile.parts]) };
}

/** The same shape in `factor` times the time. */
export function stretched(profile: LoadProfile, factor: number): LoadProfile {
  return {
    ...profile,
    parts: profile.parts.map((part) => ({
      ...part,
      durationMs: part.durationMs * factor,
      ...(part.kind === "trace" ? { offsetsMs: part.offsetsMs.map((offset) => offset * factor) } : {}),
    })),
  };
}

/** The same shape at `factor` times the rate; instants of a trace are moved together, and its part gets shorter. */
export function intensified(profile: LoadProfile, factor: number): LoadProfile {
  return {
    ...profile,
    parts: profile.parts.map((part) =>
      part.kind === "trace"
        ? {
            ...part,
            durationMs: part.durationMs / factor,
            offsetsMs: part.offsetsMs.map((offset) => offset / factor),
          }
        : {
            ...part,
            fromPerSecond: part.fromPerSecond * factor,
            toPerSecond: part.toPerSecond * factor,
          },
    ),
  };
}

export function durationMsOf({ parts }: LoadProfile): number {
  return parts.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** How many requests a part asks for; a fraction is carried into the next part with a rate. */
export function requestsOf(part: LoadPart): number {
  return part.kind === "trace"
    ? part.offsetsMs.length
    : (((part.fromPerSecond + part.toPerSecond) / 2) * part.durationMs) / 1_000;
}

export function meanPerSecond(profile: LoadProfile): number {
  const requests = profile.parts.reduce((sum, part) => sum + requestsOf(part), 0);
  return requests === 0 ? 0 : (requests * 1_000) / durationMsOf(profile);
}

/** The highest rate: of a trace, in any second of it. */
export function peakPerSecond({ parts }: LoadProfile): number {
  return parts.reduce(
    (peak, part) =>
      Math.max(
        peak,
        part.kind === "trace" ? mostWithinSecond(part.offsetsMs) : Math.max(part.fromPerSecond, part.toPerSecond),
      ),
    0,
  );
}

function mostWithinSecond(offsetsMs: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (let last = 0; last < offsetsMs.length; last += 1) {
    while ((offsetsMs[last] ?? 0) - (offsetsMs[first] ?? 0) >= 1_000) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

function level(ratePerSecond: number, durationMs: number): RatePart {
  return { kind: "rate", fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond, durationMs };
}

function profileOf(parts: readonly LoadPart[]): LoadProfile {
  return { parts: merged(parts), arrivals: EVEN };
}

/** Neighbours with one rate are one part: no instant moves by half a nanosecond where they meet. */
function merged(parts: readonly LoadPart[]): LoadPart[] {
  const result: LoadPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.durationMs <= 0) continue;
    if (last !== undefined && isLevel(last) && isLevel(part) && last.fromPerSecond === part.fromPerSecond)
      result.splice(-1, 1, { ...last, durationMs: last.durationMs + part.durationMs });
    else result.push(part);
  }
  return result;
}

function isLevel(part: LoadPart): part is RatePart {
  return part.kind === "rate" && part.fromPerSecond === part.toPerSecond;
}
