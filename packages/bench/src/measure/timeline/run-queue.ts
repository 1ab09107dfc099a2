import { readFileSync } from "node:fs";

/**
 * How long a process' first thread has been ready to run without getting a CPU since its start, in microseconds; null when the process
 * is gone or the kernel does not count it. Source: `/proc/<pid>/schedstat`, second field (sched-stats(5)).
 */
export function readRunQueueUs(pid: number): number | null {
  try {
    return parseRunQueueUs(readFileSync(`/proc/${String(pid)}/schedstat`, "latin1"));
  } catch {
    return null;
  }
}

export function parseRunQueueUs(text: string): number | null {
  const ns = Number(text.split(" ")[1] ?? Number.NaN);
  return Number.isFinite(ns) ? ns / 1_000 : null;
}
