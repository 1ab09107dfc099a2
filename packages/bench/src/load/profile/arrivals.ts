import { seededRandom } from "../../stats/index.ts";
import { requestsOf } from "./profile.ts";
import type { LoadProfile, RatePart, TracePart } from "./profile.ts";

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

/**
 * Lays the arrivals of a profile out in time. Evenly: the first is due at the start, none at the very end, and request `n` is due when
 * the rate, added up over time, has reached `n`. By chance: a Poisson process with the profile's rate.
 */
export function arrivalsOf(profile: LoadProfile): Arrivals {
  const { parts, count } = placed(profile);
  if (profile.arrivals.kind === "poisson") return listed(poissonNs(parts, profile.arrivals.seed));
  return {
    count,
    dueNs(n) {
      if (n >= count) return Infinity;
      const { part, fromNs, fromRequest } = parts[partOf(parts, n)] ?? NOTHING;
      return part.kind === "trace"
        ? fromNs + Math.floor((part.offsetsMs[n - fromRequest] ?? 0) * 1e6)
        : fromNs + nsUntil(part, n - fromRequest);
    },
  };
}

interface PlacedPart {
  readonly part: RatePart | TracePart;
  readonly fromNs: number;
  /** Requests before this part: with a fraction, where the parts before did not end at a whole one. */
  readonly fromRequest: number;
}

const NOTHING: PlacedPart = {
  part: { kind: "trace", offsetsMs: [], durationMs: 0 },
  fromNs: 0,
  fromRequest: 0,
};

function placed({ parts }: LoadProfile): { readonly parts: readonly PlacedPart[]; readonly count: number } {
  const result: PlacedPart[] = [];
  let fromNs = 0;
  let fromRequest = 0;
  for (const part of parts) {
    // The request that was begun before a trace is not one of the trace's.
    if (part.kind === "trace") fromRequest = Math.ceil(fromRequest);
    result.push({ part, fromNs, fromRequest });
    fromNs += part.durationMs * 1e6;
    fromRequest += requestsOf(part);
  }
  return { parts: result, count: Math.ceil(fromRequest) };
}

/** The last part that begins at or before request `n`. */
function partOf(parts: readonly PlacedPart[], n: number): number {
  let [low, high] = [0, parts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((parts[middle]?.fromRequest ?? 0) <= n) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How long a part takes until its rate, added up, has reached `requests`; nanoseconds. */
function nsUntil({ fromPerSecond, toPerSecond, durationMs }: RatePart, requests: number): number {
  if (fromPerSecond === toPerSecond) {
    // Whole seconds apart from the rest: n × 10⁹ alone would leave the range of exact integers after 9 million requests.
    const seconds = Math.floor(requests / fromPerSecond);
    return seconds * 1e9 + Math.floor(((requests - seconds * fromPerSecond) * 1e9) / fromPerSecond);
  }
  if (requests <= 0) return 0;
  // The root of from·t + slope·t²/2 = requests, in the form that does not subtract two large numbers of about the same size.
  const slope = ((toPerSecond - fromPerSecond) * 1_000) / durationMs;
  const speed = Math.sqrt(Math.max(0, fromPerSecond ** 2 + 2 * slope * requests));
  return Math.min(durationMs * 1e6, Math.floor((2e9 * requests) / (fromPerSecond + speed)));
}

/**
 * The instants of a Poisson process: gaps with an exponential distribution, laid out along the rate that was added up over time.
 * Source: E. Çınlar, "Introduction to Stochastic Processes" (1975), chapter 4: a process with a changing rate is one with rate 1 on
 * another clock. It has no memory, so each part begins anew.
 */
function poissonNs(parts: readonly PlacedPart[], seed: number): readonly number[] {
  const random = seededRandom(seed);
  const instants: number[] = [];
  for (const { part, fromNs } of parts) {
    if (part.kind === "trace") {
      for (const offset of part.offsetsMs) instants.push(fromNs + Math.floor(offset * 1e6));
      continue;
    }
    const expected = requestsOf(part);
    for (let reached = -Math.log1p(-random()); reached < expected; reached -= Math.log1p(-random()))
      instants.push(fromNs + nsUntil(part, reached));
  }
  return instants;
}

function listed(instants: readonly number[]): Arrivals {
  return { count: instants.length, dueNs: (n) => instants[n] ?? Infinity };
}
