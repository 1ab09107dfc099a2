import type { RunSummaryResource } from "@meshhook/contract";

/** The failed runs of one workflow. */
export interface FailureGroup {
  readonly workflowId: string;
  readonly count: number;
  /** Of these the newest. */
  readonly newest: RunSummaryResource;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Where the last day began, as the API takes times: to the minute, so that the same question stays the same for a while. */
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
