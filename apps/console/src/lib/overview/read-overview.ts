import type { RunSummaryResource, WorkflowSummary } from "@meshhook/contract";

import { api } from "../api.ts";
import { readWorkflows } from "../workflow-list/read-workflows.ts";
import { dayBefore } from "./failures.ts";

/** The parts of the overview that change while it is open. */
export interface Overview {
  readonly recent: readonly RunSummaryResource[];
  /** Failed within the last day; the newest `FAILURES_MAX`. */
  readonly failed: readonly RunSummaryResource[];
  readonly workflows: readonly WorkflowSummary[];
}

export const FAILURES_MAX = 100;
const RECENT_MAX = 10;

export async function readOverview(): Promise<Overview> {
  const startedAfter = dayBefore(Date.now());
  const [recent, failed, workflows] = await Promise.all([
    api.listRuns({ limit: RECENT_MAX }),
    api.listRuns({ status: "failed", startedAfter, limit: FAILURES_MAX }),
    readWorkflows(),
  ]);
  return { recent: recent.items, failed: failed.items, workflows };
}
