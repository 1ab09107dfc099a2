import { hostResourcesBetween, resourcesBetween } from "../measure/resource-sampler.ts";
import type { HostResources, ProcessResources } from "../result/result.ts";
import type { Evidence } from "./evidence.ts";
import { sumOf } from "./join/counts.ts";
import { edgesOf } from "./window.ts";

/** What each process used within the windows. */
export function processesOf(evidence: Evidence): ProcessResources[] {
  const byName = new Map<string, ProcessResources>();
  for (const { from, until } of edgesOf(evidence)) {
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
  return [...byName.values()];
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
  const seconds = sumOf(edgesOf(evidence), ({ from, until }) => (until.resources.atUs - from.resources.atUs) / 1e6);
  if (processes.length === 0 || seconds <= 0) return null;
  return sumOf(processes, ({ cpuSeconds }) => cpuSeconds) / seconds;
}
