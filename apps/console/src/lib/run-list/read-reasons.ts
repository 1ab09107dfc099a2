import type { RouteInput, RunSummaryResource } from "@meshhook/contract";
import { api } from "#lib/api.ts";

/** Why failed runs failed, by run: "http_status in charge: …". */
export type Reasons = ReadonlyMap<string, string>;

/** Reads the reasons that are missing, for a page of runs at a time. Without an answer the list is shown without them. */
export async function readReasons(
  known: Reasons,
  runs: readonly RunSummaryResource[],
  filter: Pick<RouteInput<"listFailures">, "workflow">,
): Promise<Reasons> {
  const missing = runs.find(({ id, status }) => status === "failed" && !known.has(id));
  if (missing === undefined) return known;
  try {
    // Filters by time compare the time in the id, which is a little later than that of the webhook.
    const startedBefore = new Date(msOf(missing.id)).toISOString();
    const { items } = await api.listFailures({ ...filter, startedBefore, limit: 100 });
    const reasons = new Map(known);
    for (const { runId, error } of items)
      reasons.set(runId, `${error.code}${error.node === undefined ? "" : ` in ${error.node}`}: ${error.message}`);
    return reasons;
  } catch {
    return known;
  }
}

/** The Unix milliseconds in an id, a UUIDv7. */
function msOf(runId: string): number {
  return Number.parseInt(runId.slice(0, 8) + runId.slice(9, 13), 16);
}
