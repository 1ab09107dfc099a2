import type { Client } from "@meshhook/contract";
import { slowRequestsOf } from "./tail.ts";
import type { SlowEvidence } from "./tail.ts";

/** One line of a run's own log. */
export interface RunLine {
  /** Unix microseconds. */
  readonly atUs: number;
  readonly text: string;
}

const LINES_MAX = 20;

/** The first lines of a run's log. */
export async function readLines(client: Client, runId: string): Promise<readonly RunLine[]> {
  const { items } = await client.listEvents({ runId, limit: LINES_MAX, outputs: false });
  return items.map(({ at, message }) => ({ atUs: Date.parse(at) * 1_000, text: message }));
}

/** What MeshHook's log says of the slowest runs of a block, by run; a run that is not there any more has no lines. */
export async function linesOfSlowest(
  evidence: SlowEvidence,
  read: (runId: string) => Promise<readonly RunLine[]>,
): Promise<ReadonlyMap<string, readonly RunLine[]>> {
  const lines = new Map<string, readonly RunLine[]>();
  for (const { runId } of slowRequestsOf(evidence).tail?.slowest ?? []) {
    // It explains; a benchmark without it is as valid.
    const ofRun = runId === null ? [] : await read(runId).catch(() => []);
    if (runId !== null && ofRun.length > 0) lines.set(runId, ofRun);
  }
  return lines;
}
