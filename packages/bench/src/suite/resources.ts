import { eachBetween, hostResourcesBetween, resourcesBetween } from "../measure/resource-sampler.ts";
import type { HostResources, ProcessResources, RuntimeResources } from "../result/result.ts";
import type { Evidence } from "./evidence.ts";
import { sumOf } from "./join/counts.ts";
import { edgesOf, isWithin, windowsOf } from "./window.ts";
import type { Edges } from "./window.ts";

/** What each process used within the windows, and what that is for each run that ended in them. */
export function processesOf(evidence: Evidence): ProcessResources[] {
  const byName = new Map<string, ProcessResources>();
  const edges = edgesOf(evidence);
  for (const { from, until } of edges) {
    for (const process of resourcesBetween(evidence.measured.readings, from.resources, until.resources)) {
      const known = byName.get(process.name);
      byName.set(process.name, {
        name: process.name,
        cpuSeconds: process.cpuSeconds + (known?.cpuSeconds ?? 0),
        cpuShareMax: Math.max(process.cpuShareMax, known?.cpuShareMax ?? 0),
        rssBytesMax: Math.max(process.rssBytesMax, known?.rssBytesMax ?? 0),
      });
    }
  }
  const runs = sumOf(
    edges,
    ({ from, until }) =>
      evidence.runs.filter(
        ({ doneUs }) => doneUs !== null && doneUs >= from.resources.atUs && doneUs < until.resources.atUs,
      ).length,
  );
  const parts = backendsOf(edges);
  return [...byName.values()].map((process) => ({
    ...process,
    cpuMsPerRun: runs === 0 ? null : (process.cpuSeconds * 1_000) / runs,
    ...(process.name === "postgres" && parts !== null ? { parts } : {}),
    ...(process.name === "meshhook" ? { ...severalOf(evidence), runtime: runtimeOf(evidence) } : {}),
  }));
}

/** How many processes MeshHook was, and what the busiest of them used; nothing for one alone. */
function severalOf(evidence: Evidence): Pick<ProcessResources, "processes" | "busiestShare"> {
  const { readings } = evidence.measured;
  const processes = Math.max(
    0,
    ...readings.map((reading) => Object.keys(reading.processes.get("meshhook")?.each ?? {}).length),
  );
  if (processes < 2) return {};
  const used = new Map<string, number>();
  for (const { from, until } of edgesOf(evidence))
    for (const [pid, seconds] of eachBetween(readings, from.resources, until.resources, "meshhook"))
      used.set(pid, (used.get(pid) ?? 0) + seconds);
  return { processes, busiestShare: Math.max(0, ...used.values()) / watchedSeconds(evidence) };
}

/** From the first to the last reading of every window. */
function watchedSeconds(evidence: Evidence): number {
  return Math.max(
    0.001,
    sumOf(edgesOf(evidence), ({ from, until }) => (until.resources.atUs - from.resources.atUs) / 1e6),
  );
}

/** CPU seconds of PostgreSQL's processes by type; null where they were not watched. */
function backendsOf(edges: readonly Edges[]): { readonly [type: string]: number } | null {
  const parts: Record<string, number> = {};
  for (const { from, until } of edges) {
    const { backends } = until.resources;
    if (backends === undefined) return null;
    for (const [type, seconds] of backends)
      parts[type] = (parts[type] ?? 0) + Math.max(0, seconds - (from.resources.backends?.get(type) ?? 0));
  }
  return parts;
}

/** What the probe inside MeshHook says of the seconds within the windows; null without a probe or a whole second. */
function runtimeOf(evidence: Evidence): RuntimeResources | null {
  const { startedAtUs } = evidence.measured.report;
  const windows = windowsOf(evidence);
  const seconds = (evidence.probe?.seconds ?? []).filter(({ atUs }) => isWithin(atUs - startedAtUs, windows));
  if (seconds.length === 0) return null;
  return {
    loopBusyShare: sumOf(seconds, ({ utilization }) => utilization) / seconds.length,
    loopBusyShareMax: Math.max(...seconds.map(({ utilization }) => utilization)),
    collectionShare: sumOf(seconds, ({ collectionMs }) => collectionMs) / (seconds.length * 1_000),
    collections: sumOf(seconds, ({ collections }) => collections),
    heapUsedBytesMax: Math.max(...seconds.map(({ heapUsedBytes }) => heapUsedBytes)),
  };
}

/** The machine within the windows; each block counts by its length. */
export function hostOf(evidence: Evidence): HostResources {
  const parts = edgesOf(evidence).map(({ from, until }) => ({
    seconds: Math.max(0.001, (until.resources.atUs - from.resources.atUs) / 1e6),
    shares: hostResourcesBetween(from.resources, until.resources),
  }));
  const total = sumOf(parts, ({ seconds }) => seconds);
  const mean = (of: (shares: HostResources) => number) =>
    sumOf(parts, ({ seconds, shares }) => seconds * of(shares)) / total;
  const meanOrNull = (of: (shares: HostResources) => number | null) =>
    parts.some(({ shares }) => of(shares) === null) ? null : mean((shares) => of(shares) ?? 0);
  return {
    cpuBusyShare: mean(({ cpuBusyShare }) => cpuBusyShare),
    stealShare: mean(({ stealShare }) => stealShare),
    loadAverage1: Math.max(...parts.map(({ shares }) => shares.loadAverage1)),
    cpuPressureShare: meanOrNull(({ cpuPressureShare }) => cpuPressureShare),
    ioPressureShare: meanOrNull(({ ioPressureShare }) => ioPressureShare),
  };
}

/** Cores that everybody who took part used within the windows; null when nobody was watched. */
export function ownCores(evidence: Evidence): number | null {
  const processes = processesOf(evidence);
  if (processes.length === 0) return null;
  return sumOf(processes, ({ cpuSeconds }) => cpuSeconds) / watchedSeconds(evidence);
}
