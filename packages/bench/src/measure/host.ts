import { readFileSync } from "node:fs";
import { loadavg } from "node:os";

/** Counters of the whole machine, growing since its start; two readings make shares. */
export interface HostReading {
  readonly atMs: number;
  /** All cores together. */
  readonly busyTicks: number;
  readonly stealTicks: number;
  readonly totalTicks: number;
  readonly loadAverage1: number;
  /** Microseconds in which some task waited for a CPU, or for the disk; null where the kernel does not say. */
  readonly cpuPressureUs: number | null;
  readonly ioPressureUs: number | null;
}

export function readHost(): HostReading {
  const cpu = parseCpuLine(readFileSync("/proc/stat", "latin1"));
  return {
    atMs: performance.now(),
    ...cpu,
    loadAverage1: loadavg()[0] ?? 0,
    cpuPressureUs: readPressure("cpu"),
    ioPressureUs: readPressure("io"),
  };
}

/** Shares of a stretch of time, 0 to 1. */
export interface HostShares {
  readonly cpuBusyShare: number;
  readonly stealShare: number;
  readonly loadAverage1: number;
  readonly cpuPressureShare: number | null;
  readonly ioPressureShare: number | null;
}

export function hostBetween(before: HostReading, after: HostReading): HostShares {
  const total = Math.max(1, after.totalTicks - before.totalTicks);
  const us = Math.max(1, (after.atMs - before.atMs) * 1_000);
  const pressure = (from: number | null, to: number | null) => (from === null || to === null ? null : (to - from) / us);
  return {
    cpuBusyShare: (after.busyTicks - before.busyTicks) / total,
    stealShare: (after.stealTicks - before.stealTicks) / total,
    loadAverage1: after.loadAverage1,
    cpuPressureShare: pressure(before.cpuPressureUs, after.cpuPressureUs),
    ioPressureShare: pressure(before.ioPressureUs, after.ioPressureUs),
  };
}

/** Parses the first line of `/proc/stat`: user nice system idle iowait irq softirq steal (guest is within user). */
export function parseCpuLine(text: string): Pick<HostReading, "busyTicks" | "stealTicks" | "totalTicks"> {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = text
    .slice(0, text.indexOf("\n"))
    .split(/ +/)
    .slice(1, 9)
    .map(Number);
  const busyTicks = user + nice + system + irq + softirq;
  return { busyTicks, stealTicks: steal, totalTicks: busyTicks + idle + iowait + steal };
}

function readPressure(resource: "cpu" | "io"): number | null {
  try {
    return parsePressure(readFileSync(`/proc/pressure/${resource}`, "latin1"));
  } catch {
    return null;
  }
}

/** The total of the `some` line of a pressure file, in microseconds; null when there is none. */
export function parsePressure(text: string): number | null {
  const total = /^some .*total=(\d+)/m.exec(text)?.[1];
  return total === undefined ? null : Number(total);
}
