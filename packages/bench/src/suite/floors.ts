import type { CanaryReading } from "../result/result.ts";
import { mayCall } from "../scenario/workflow/document.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Evidence } from "./evidence.ts";

/** What the machine itself needs for the parts of a request, without anything of MeshHook. */
export interface Floors {
  /** CPU of a bare node:http server for one request, microseconds; null when it was not measured. */
  readonly rawHttpCpuUs: number | null;
  /** A flush of the database's disk while the load ran, median and 95th percentile, milliseconds; null when nobody watched. */
  readonly flushMs: { readonly p50: number; readonly p95: number } | null;
  readonly canary: CanaryReading | null;
}

/** The floors where the limits were set: 2 cores of an AMD EPYC virtual machine, November 2026. */
const REFERENCE = { rawHttpCpuUs: 43, flushMs: 0.3, roundTripMs: 0.06 } as const;

/** Less of a difference is the canary's own spread. */
const FACTOR_MIN = 1.05;

/**
 * What a limit would be on this machine: as many times more CPU as a bare request takes here than where the limit was set, plus what each
 * flush and each message between processes takes more. Null where that makes no difference, or where the limit is not one of time.
 */
export function limitHere(metric: string, limit: number, scenario: Scenario, floors: Floors): number | null {
  const cpu = Math.max(1, (floors.rawHttpCpuUs ?? 0) / REFERENCE.rawHttpCpuUs);
  if (/^work\.\w+CpuMs/.test(metric)) return worthTelling(limit, limit * cpu);
  const latency = /^latency\.(\w+)\.(p\d+|mean|max)Ms$/.exec(metric);
  if (latency === null) return /^outage\.\w+Ms$/.test(metric) ? worthTelling(limit, limit * cpu) : null;
  const [, name = "", statistic = ""] = latency;
  if (name === "recovery") return worthTelling(limit, limit * cpu);
  const { flushes, roundTrips } = pathOf(name, scenario);
  const isTail = statistic !== "p50" && statistic !== "mean";
  const flushMs = (isTail ? floors.flushMs?.p95 : floors.flushMs?.p50) ?? floors.canary?.flushMs ?? 0;
  const extraMs =
    flushes * Math.max(0, flushMs - REFERENCE.flushMs) +
    roundTrips * Math.max(0, (floors.canary?.roundTripMs ?? 0) - REFERENCE.roundTripMs);
  return worthTelling(limit, limit * cpu + extraMs);
}

function worthTelling(limit: number, here: number): number | null {
  return here > FACTOR_MIN * limit ? here : null;
}

/** Flushes and messages between processes that one request waits for: of its sender and MeshHook, of MeshHook and PostgreSQL, and so on. */
function pathOf(name: string, scenario: Scenario): { readonly flushes: number; readonly roundTrips: number } {
  const ack = { flushes: 1, roundTrips: 2 };
  if (name === "ack" || name === "service" || !mayCall(scenario.workflow)) return ack;
  // The call and the commit of its answer.
  return { flushes: 2, roundTrips: 4 };
}

/** The floors while these blocks ran. */
export function floorsOf({ witness, rawHttpCpuUs, canary }: Evidence): Floors {
  const flushes = (witness?.flushes ?? [])
    .map(({ fromUs, untilUs }) => (untilUs - fromUs) / 1_000)
    .toSorted((a, b) => a - b);
  const at = (quantile: number) => flushes[Math.min(flushes.length - 1, Math.floor(quantile * flushes.length))] ?? 0;
  return {
    rawHttpCpuUs,
    flushMs: flushes.length === 0 ? null : { p50: at(0.5), p95: at(0.95) },
    canary: canary === undefined ? null : canary.before,
  };
}
