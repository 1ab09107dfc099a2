import type { Episode, Episodes } from "../result/result.ts";
import { isCarriedBy } from "../stats/index.ts";

/** One request, as its sender or its viewer saw it; microseconds since the first request of the load. */
export interface TimedRequest {
  readonly intendedUs: number;
  /** From the intended send; `Infinity` when the answer never came. */
  readonly latencyUs: number;
}

/** A stretch in which the machine itself stood still, on the same clock. */
export interface Stall {
  readonly fromUs: number;
  readonly untilUs: number;
}

export interface EpisodeInput {
  readonly of: Episodes["of"];
  /** Ordered by `intendedUs`. */
  readonly requests: readonly TimedRequest[];
  /** What a witness outside MeshHook saw; null when nobody watched. */
  readonly stalls: readonly Stall[] | null;
}

/** Slow requests this close to each other have one cause. */
const JOIN_US = 50_000;
/** A request that never ended is drawn as this long: its timeout. */
export const FOREVER_US = 10_000_000;
const LONGEST_MAX = 20;
const HELD_US_MIN = 1_000_000;
/** Part of an episode that a stall of the machine must cover to explain it. */
const COVERED_MIN = 0.3;

/**
 * Groups slow requests into episodes: percentiles count requests, but the requests that one stall holds up are one event.
 *
 * Slow is what takes three times the median and 8 ms more than it.
 */
export function findEpisodes({ of, requests, stalls }: EpisodeInput): Episodes {
  const sorted = Float64Array.from(requests, ({ latencyUs }) => latencyUs).sort();
  const medianUs = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const slowAboveUs = Number.isFinite(medianUs) ? Math.max(3 * medianUs, medianUs + 8_000) : FOREVER_US;
  const groups: Group[] = [];
  let slow = 0;
  for (const request of requests) {
    if (request.latencyUs <= slowAboveUs) continue;
    slow += 1;
    const untilUs = request.intendedUs + Math.min(FOREVER_US, request.latencyUs);
    const last = groups.at(-1);
    if (last !== undefined && request.intendedUs <= last.untilUs + JOIN_US) {
      last.untilUs = Math.max(last.untilUs, untilUs);
      last.slow += 1;
      last.maxUs = Math.max(last.maxUs, request.latencyUs);
    } else groups.push({ fromUs: request.intendedUs, untilUs, slow: 1, maxUs: request.latencyUs });
  }
  const largest = groups.toSorted((a, b) => b.slow - a.slow)[0];
  const longest = groups.toSorted((a, b) => b.untilUs - b.fromUs - (a.untilUs - a.fromUs)).slice(0, LONGEST_MAX);
  const spanUs = (requests.at(-1)?.intendedUs ?? 0) - (requests[0]?.intendedUs ?? 0);
  return {
    of,
    slowAboveMs: slowAboveUs / 1_000,
    slow,
    count: groups.length,
    heldAlone: countHeldAlone(requests, medianUs, slowAboveUs),
    p99MsWithoutLargest: p99WithoutMs(requests, largest, slowAboveUs),
    longest: longest.toSorted((a, b) => a.fromUs - b.fromUs).map((group) => describe(group, requests, stalls)),
    period: findPeriod(groups, spanUs),
  };
}

interface Group {
  readonly fromUs: number;
  untilUs: number;
  slow: number;
  maxUs: number;
}

function describe(group: Group, requests: readonly TimedRequest[], stalls: readonly Stall[] | null): Episode {
  const due = dueDuring(group, requests);
  return {
    fromMs: group.fromUs / 1_000,
    untilMs: group.untilUs / 1_000,
    slow: group.slow,
    due: Math.max(due, group.slow),
    maxMs: Number.isFinite(group.maxUs) ? group.maxUs / 1_000 : null,
    origin: originOf(group, due, stalls),
  };
}

/** A stall of the machine delays every request due at the time; one that lets most requests pass is MeshHook's own, whatever the witness saw. */
function originOf(group: Group, due: number, stalls: readonly Stall[] | null): Episode["origin"] {
  if (isSelective(group.slow, due)) return "inside";
  if (stalls === null) return "unknown";
  // The machine may have stood still just before the first slow request was due.
  const fromUs = group.fromUs - JOIN_US;
  const coveredUs = stalls.reduce(
    (sum, stall) => sum + Math.max(0, Math.min(stall.untilUs, group.untilUs) - Math.max(stall.fromUs, fromUs)),
    0,
  );
  return coveredUs >= COVERED_MIN * (group.untilUs - group.fromUs) ? "outside" : "inside";
}

/**
 * Requests that wait by themselves: a stall holds up what is due meanwhile, so where most of it is in time, only the one request was held
 * back. Looked at one by one, because on a restless machine slow stretches run into each other.
 */
function countHeldAlone(requests: readonly TimedRequest[], medianUs: number, slowAboveUs: number): number {
  const heldUsMin = Math.max(HELD_US_MIN, 10 * medianUs);
  return requests.filter(({ intendedUs, latencyUs }) => {
    if (latencyUs < heldUsMin) return false;
    const untilUs = intendedUs + Math.min(FOREVER_US, latencyUs);
    const due = requests.filter((other) => other.intendedUs >= intendedUs && other.intendedUs <= untilUs);
    return isSelective(due.filter((other) => other.latencyUs > slowAboveUs).length, due.length);
  }).length;
}

function dueDuring({ fromUs, untilUs }: Group, requests: readonly TimedRequest[]): number {
  return requests.filter(({ intendedUs }) => intendedUs >= fromUs && intendedUs <= untilUs).length;
}

/** Most of what was due meanwhile was in time. */
export function isSelective(slow: number, due: number): boolean {
  return due >= 10 && slow < due / 4;
}

function p99WithoutMs(requests: readonly TimedRequest[], group: Group | undefined, slowAboveUs: number): number | null {
  const rest = requests
    .filter(
      ({ intendedUs, latencyUs }) =>
        group === undefined || latencyUs <= slowAboveUs || intendedUs < group.fromUs || intendedUs > group.untilUs,
    )
    .map(({ latencyUs }) => latencyUs);
  if (!isCarriedBy(rest.length, 0.99)) return null;
  const sorted = Float64Array.from(rest).sort();
  const value = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Infinity;
  return Number.isFinite(value) ? value / 1_000 : null;
}

const PERIODIC_TIMES_MIN = 3;
/** Part of the turns within the load that must show. */
const PERIODIC_TURNS_MIN = 0.7;
const PERIODIC_US_MIN = 40_000;
/** How far an episode may be from its turn, as a part of the period. */
const PERIODIC_SCATTER_MAX = 0.1;

/**
 * Episodes of like length (within a factor of two) that come back after the same time, at least three times; single turns may be
 * missing. What ends a stall lets all requests go at once, so the ends are compared.
 */
function findPeriod(groups: readonly Group[], spanUs: number): Episodes["period"] {
  const long = groups.filter((group) => group.untilUs - group.fromUs >= PERIODIC_US_MIN);
  for (const like of long.toSorted((a, b) => b.untilUs - b.fromUs - (a.untilUs - a.fromUs))) {
    const length = like.untilUs - like.fromUs;
    const alike = long.filter(({ fromUs, untilUs }) => untilUs - fromUs <= length && untilUs - fromUs >= length / 2);
    if (alike.length < PERIODIC_TIMES_MIN) continue;
    // Where many are longer, the shorter ones of a restless machine will fit some interval by chance.
    if (long.length - alike.length > alike.length / 3) continue;
    const gaps = alike.slice(1).map(({ untilUs }, index) => untilUs - (alike[index]?.untilUs ?? 0));
    const shortest = Math.min(...gaps);
    const turns = gaps.map((gap) => Math.round(gap / shortest));
    const everyUs = gaps.reduce((sum, gap) => sum + gap, 0) / turns.reduce((sum, turn) => sum + turn, 0);
    const isRegular = gaps.every(
      (gap, index) => Math.abs(gap - everyUs * (turns[index] ?? 1)) <= PERIODIC_SCATTER_MAX * everyUs,
    );
    // Most turns must be there, from the beginning to the end: gaps that are multiples of a small number always can be found.
    const isComplete = alike.length >= PERIODIC_TURNS_MIN * (spanUs / everyUs - 1);
    if (!isRegular || !isComplete) continue;
    const lengths = alike.map(({ fromUs, untilUs }) => untilUs - fromUs).toSorted((a, b) => a - b);
    return {
      everyMs: everyUs / 1_000,
      lengthMs: (lengths[Math.floor(lengths.length / 2)] ?? 0) / 1_000,
      times: alike.length,
      share: spanUs === 0 ? 0 : lengths.reduce((sum, value) => sum + value, 0) / spanUs,
    };
  }
  return null;
}
