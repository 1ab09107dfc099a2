import { readdirSync, readFileSync } from "node:fs";

/** What a process and its descendants have used. */
export interface ProcessUsage {
  /** Since their start; descendants that ended and were waited for are included. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** CPU seconds of each process of it that runs now, by its id; absent where only the sum is known. */
  readonly each?: { readonly [pid: number]: number };
}

/** Linux counts process times in hundredths of a second (`USER_HZ`) on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/**
 * Reads the usage of a process tree from `/proc`; null when its root is gone.
 *
 * @param others  Roots of trees that are billed under names of their own: neither they nor what is below them counts here, and
 *   neither does what their likes have used that have ended.
 * Resident memory of Postgres backends counts shared pages once per process: it is an upper bound there.
 * Cost: one directory listing and one small read per process of the machine, about 1 ms.
 */
export function readProcessTree(root: number, others: ReadonlySet<number> = new Set()): ProcessUsage | null {
  const processes = new Map<number, ProcessStat>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat !== null) processes.set(Number(name), stat);
  }
  if (!processes.has(root)) return null;
  let ticks = 0;
  let pages = 0;
  const each: { [pid: number]: number } = {};
  for (const [pid, stat] of processes) {
    if (!isWithin(pid, root, processes, others)) continue;
    each[pid] = stat.ticks / TICKS_PER_SECOND;
    // What ended children used is billed to their parent; where children have names of their own, so have those that ended.
    const isParentOfOthers = pid === root && [...others].some((other) => processes.get(other)?.parent === root);
    ticks += stat.ticks + (isParentOfOthers ? 0 : stat.childTicks);
    pages += stat.pages;
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: pages * PAGE_BYTES, each };
}

/** CPU of one process since its start, seconds; null when it is gone. */
export function readCpuSeconds(pid: number): number | null {
  const stat = readStat(pid);
  return stat === null ? null : stat.ticks / TICKS_PER_SECOND;
}

interface ProcessStat {
  readonly parent: number;
  readonly ticks: number;
  /** Of children that ended and were waited for. */
  readonly childTicks: number;
  readonly pages: number;
}

function readStat(pid: number): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
  } catch {
    // It ended between the listing and the reading.
    return null;
  }
  return parseStat(text);
}

/** Parses `/proc/<pid>/stat` (proc(5)). The second field, the name, may hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // Numbered from the third field on: 3 is the state, 4 the parent, 14–17 times, 24 resident pages.
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15), childTicks: field(16) + field(17), pages: field(24) };
}

function isWithin(
  pid: number,
  root: number,
  processes: ReadonlyMap<number, ProcessStat>,
  others: ReadonlySet<number>,
): boolean {
  for (let current = pid; current > 1;) {
    if (current === root) return true;
    if (others.has(current)) return false;
    const parent = processes.get(current)?.parent;
    if (parent === undefined) return false;
    current = parent;
  }
  return false;
}
