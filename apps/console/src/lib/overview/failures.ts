import type { RunSummaryResource } from "@meshhook/contract";

/** The failed runs of one workflow. */
export interface FailureGroup {
  readonly workflowId: string;
  readonly count: number;
  /** The newest of these. */
  readonly newest: RunSummaryResource;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The start of the last day in the API's format, to the minute, so that the query stays the same for a while. */
export function dayBefore(nowMs: number): string {
  return new Date(Math.floor((nowMs - DAY_MS) / 60_000) * 60_000).toISOString();
}

/** Failed runs by workflow; the workflow that failed last comes first. */
export function groupFailures(failed: readonly RunSummaryResource[]): readonly FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const run of failed) {
    const group = groups.get(run.workflowId);
    const newest = group === undefined || run.id > group.newest.id ? run : group.newest;
    groups.set(run.workflowId, { workflowId: run.workflowId, count: (group?.count ?? 0) + 1, newest });
  }
  return [...groups.values()].sort((a, b) => (a.newest.id < b.newest.id ? 1 : -1));
}
