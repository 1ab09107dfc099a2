import type { LoadProfile, Segment } from "./profile.ts";

/** The instants of a profile. */
export interface Arrivals {
  /** How many requests the whole profile asks for. */
  readonly count: number;
  /**
   * When request `n` (from 0) is due, in nanoseconds from the start; rounded down. Exact for whole rates that do not change;
   * within one nanosecond for ramps (double precision). `Infinity` at and beyond `count`.
   *
   * Cost: constant for a profile of one segment, else linear in segments.
   */
  dueNs(n: number): number;
}

/**
 * Lays the arrivals of a profile out in time. Request `n` of a segment is due when the integral of the rate reaches `n`, so the
 * first is due at the segment's start, and an arrival at its very end belongs to the next segment.
 */
export function arrivalsOf(profile: LoadProfile): Arrivals {
  const parts: { readonly segment: Segment; readonly firstN: number; readonly startNs: number }[] = [];
  let firstN = 0;
  let startNs = 0;
  for (const segment of profile) {
    parts.push({ segment, firstN, startNs });
    firstN += countOf(segment);
    startNs += segment.durationMs * 1e6;
  }
  const count = firstN;
  return {
    count,
    dueNs(n) {
      if (n >= count) return Infinity;
      let part = parts[0];
      for (const candidate of parts) {
        if (candidate.firstN > n) break;
        part = candidate;
      }
      return part === undefined ? Infinity : part.startNs + offsetNs(part.segment, n - part.firstN);
    },
  };
}

function countOf(segment: Segment): number {
  if (segment.kind === "burst") return segment.count;
  // The area under the rate; the millisecond factor is divided last so that whole figures stay whole.
  return Math.ceil(((segment.fromPerSecond + segment.toPerSecond) * segment.durationMs) / 2_000);
}

function offsetNs(segment: Segment, n: number): number {
  if (segment.kind === "burst" || n === 0) return 0;
  const { fromPerSecond: from, toPerSecond: to, durationMs } = segment;
  if (from === to) {
    // Whole seconds apart from the rest: n × 10⁹ alone would leave the range of exact integers after 9 million requests.
    const seconds = Math.floor(n / from);
    return seconds * 1e9 + Math.floor(((n - seconds * from) * 1e9) / from);
  }
  // n = from·t + (to − from)·t² / 2D, solved for t in the form that does not cancel for small n.
  const slope = ((to - from) * 1_000) / durationMs;
  const seconds = (2 * n) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n)));
  return Math.floor(seconds * 1e9);
}
