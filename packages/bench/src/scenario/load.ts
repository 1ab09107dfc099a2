import {
  arriving,
  durationMsOf,
  intensified,
  meanPerSecond,
  peakPerSecond,
  stretched,
} from "../load/profile/profile.ts";
import type { LoadProfile } from "../load/profile/profile.ts";

/** Open model: requests are due at their times, whatever the system answers. */
export interface PacedLoad {
  readonly kind: "paced";
  /** Of the measured part. */
  readonly profile: LoadProfile;
  /** The mean of the measured part. */
  readonly ratePerSecond: number;
  /** Before the measured part, at the rate it begins with; sent the same way and not measured. */
  readonly warmupMs: number;
  /** Of the measured part. */
  readonly durationMs: number;
  /** Whether the load is meant to be more than MeshHook takes: then 503 is an allowed answer. */
  readonly isOverload: boolean;
  /** Each block offers another rate, beginning with the load's own, until the highest is found that holds. */
  readonly search?: RateSearch;
}

/** Between which rates the highest is searched that holds, and how closely. */
export interface RateSearch {
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
  /** The first failing rate is at most this share above the last passing one. */
  readonly resolution: number;
  /** How long the highest rate that passed is held in the end. */
  readonly sustainMs: number;
}

/** Closed model: as much as the system takes from a number of senders that each wait for their answer. 503 is an allowed answer. */
export interface SaturatingLoad {
  readonly kind: "saturating";
  readonly senders: number;
  /** The warm-up ends when the rate is steady, and here at the latest. */
  readonly warmupMsMax: number;
  readonly durationMs: number;
  /** Each block has another number of senders, one of these; `senders` is the largest. */
  readonly sweep?: readonly number[];
  /** What has these numbers instead of the senders. */
  readonly swept?: "processes";
  /** Of MeshHook, that serve this load; absent for as many as it was started with. */
  readonly processes?: number;
}

/** No load sends more than this, or faster per second, whatever it is told. */
export const REQUESTS_MAX = 2_000_000;
export const RATE_MAX = 100_000;

export function paced(
  profile: LoadProfile,
  { warmupMs, isOverload = false }: { readonly warmupMs: number; readonly isOverload?: boolean },
): PacedLoad {
  return {
    kind: "paced",
    profile,
    ratePerSecond: meanPerSecond(profile),
    warmupMs,
    durationMs: durationMsOf(profile),
    isOverload,
  };
}

/** The same load with other times; the shape of its profile stays. */
export function withTimes(
  load: PacedLoad,
  times: { readonly warmupMs: number; readonly durationMs: number },
): PacedLoad {
  const factor = times.durationMs / load.durationMs;
  const { search } = load;
  return {
    ...load,
    profile: stretched(load.profile, factor),
    ...times,
    ...(search === undefined ? {} : { search: { ...search, sustainMs: factor * search.sustainMs } }),
  };
}

/** Whether blocks differ in their load: in rate, in senders or in the processes that serve it. */
export function hasSeveralLoads(load: PacedLoad | SaturatingLoad): boolean {
  return load.kind === "paced" ? load.search !== undefined : load.sweep !== undefined;
}

/** The same load at another mean rate; the shape of its profile stays. A trace gets shorter or longer by it. */
export function withRate(load: PacedLoad, ratePerSecond: number): PacedLoad {
  const profile = intensified(load.profile, ratePerSecond / load.ratePerSecond);
  return { ...load, profile, ratePerSecond, durationMs: durationMsOf(profile) };
}

/** The same load with a seed for what is random about its arrivals. */
export function withSeed(load: PacedLoad, seed: number): PacedLoad {
  const { profile } = load;
  return profile.arrivals.kind === "even" ? load : { ...load, profile: arriving(profile, { kind: "poisson", seed }) };
}

/** Whether requests come one by one: not in bursts, in which many share a commit. */
export function isEven({ profile, ratePerSecond }: PacedLoad): boolean {
  return peakPerSecond(profile) <= 2 * ratePerSecond;
}

/** Whether requests may stay unsent because every connection waits for an answer: as senders have it under overload. */
export function mayStayUnsent(load: PacedLoad | SaturatingLoad): boolean {
  return load.kind === "paced" && load.isOverload;
}

/** Whether 503 is an allowed answer. */
export function mayShed(load: PacedLoad | SaturatingLoad): boolean {
  return load.kind === "saturating" || load.isOverload;
}
