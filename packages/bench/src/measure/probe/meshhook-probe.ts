import { readFile } from "node:fs/promises";
import type { Collection, BusyStretch, LoopSecond, ProbeRecord } from "./record.ts";

/** What the probe saw inside MeshHook between two instants. */
export interface ProbeReport {
  readonly collections: readonly Collection[];
  readonly busy: readonly BusyStretch[];
  readonly seconds: readonly LoopSecond[];
}

/**
 * `NODE_OPTIONS` for a process that is to be probed.
 *
 * @param path     Where the probe writes; a process that is started again goes on in the same file.
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
  return report;
}

function parseLine(line: string): readonly ProbeRecord[] {
  if (line === "") return [];
  try {
    // The other end is this folder's own module.
    return [JSON.parse(line) as ProbeRecord];
  } catch {
    return [];
  }
}
