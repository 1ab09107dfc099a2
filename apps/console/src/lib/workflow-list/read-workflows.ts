import type { WorkflowSummary } from "@meshhook/contract";

import { api } from "../api.ts";

const PER_PAGE = 200;
const PAGES_MAX = 5;

/** The project's workflows by slug, up to a thousand: to choose one, and to name the workflow of a run. */
export async function readWorkflows(): Promise<readonly WorkflowSummary[]> {
  const workflows: WorkflowSummary[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const { items, nextCursor } = await api.listWorkflows({ limit: PER_PAGE, ...(cursor === null ? {} : { cursor }) });
    workflows.push(...items);
    cursor = nextCursor;
    if (cursor === null) break;
  }
  return workflows;
}
