import { readFile } from "node:fs/promises";
import type { Collection, BusyStretch, LoopSecond, ProbeRecord } from "./record.ts";

/** What the probe saw inside MeshHook between two instants. */
export interface ProbeReport {
  readonly collections: readonly Collection[];
  readonly busy: readonly BusyStretch[];
  /** In the order of time. Of several processes, each second has the figures of the busiest, and the collections of all. */
  readonly seconds: readonly Omit<LoopSecond, "pid">[];
}

/**
 * `NODE_OPTIONS` for a process that is to be probed.
 *
 * @param path     Where the probe writes; all processes of MeshHook, and those that are started again, write to the same file.
 * @param options  `NODE_OPTIONS` that the process has anyway.
 */
export function probeOptions(path: string, options = ""): string {
  const probe = new URL("./probe.ts", import.meta.url);
  probe.searchParams.set("out", path);
  return `${options} --import=${probe.href}`.trim();
}

/** Reads what the probe wrote; null when no probe ran. A line that a killed process did not finish is left out. */
export async function readProbe(path: string, fromUs: number, untilUs: number): Promise<ProbeReport | null> {
  const text = await readFile(path, "utf8").catch(() => "");
  const records = text.split("\n").flatMap(parseLine);
  if (records.length === 0) return null;
  const report = { collections: [] as Collection[], busy: [] as BusyStretch[], seconds: [] as LoopSecond[] };
  for (const record of records) {
    if (record.kind === "second") {
      if (record.atUs >= fromUs && record.atUs <= untilUs) report.seconds.push(record);
    } else if (record.untilUs >= fromUs && record.fromUs <= untilUs) {
      if (record.kind === "collection") report.collections.push(record);
      else report.busy.push(record);
    }
  }
  return { ...report, seconds: busiestOf(report.seconds) };
}

/** Makes one of the seconds that several processes wrote at about the same time. */
function busiestOf(seconds: readonly LoopSecond[]): ProbeReport["seconds"] {
  const groups: LoopSecond[][] = [];
  for (const second of seconds.toSorted((a, b) => a.atUs - b.atUs)) {
    const group = groups.at(-1);
    const belongs = group?.every(({ pid, atUs }) => pid !== second.pid && second.atUs - atUs < SECOND_US) ?? false;
    if (belongs) group?.push(second);
    else groups.push([second]);
  }
  const most = (group: readonly LoopSecond[], of: (second: LoopSecond) => number) => Math.max(...group.map(of));
  return groups.map((group) => ({
    kind: "second",
    atUs: most(group, ({ atUs }) => atUs),
    utilization: most(group, ({ utilization }) => utilization),
    collections: group.reduce((sum, { collections }) => sum + collections, 0),
    collectionMs: most(group, ({ collectionMs }) => collectionMs),
    heapUsedBytes: most(group, ({ heapUsedBytes }) => heapUsedBytes),
  }));
}

const SECOND_US = 1e6;

function parseLine(line: string): readonly ProbeRecord[] {
  if (line === "") return [];
  try {
    // The other end is this folder's own module.
    return [JSON.parse(line) as ProbeRecord];
  } catch {
    return [];
  }
}
