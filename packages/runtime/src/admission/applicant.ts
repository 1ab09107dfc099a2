import type { Run } from "@meshhook/core";

/** A run, and what decides about its turn. */
export interface Applicant {
  readonly runId: string;
  readonly projectId: string;
  readonly workflowId: string;
  /** How many runs of its workflow may go on at the same time; null: any number. */
  readonly concurrency: number | null;
  /** Children need no slot: their parents have one, and wait for them. */
  readonly isChild: boolean;
}

export function applicantOf(
  { origin, plan, runId }: Run,
  { projectId, workflowId }: { readonly projectId: string; readonly workflowId: string },
): Applicant {
  const isChild = origin?.kind === "child";
  return { runId, projectId, workflowId, concurrency: isChild ? null : plan.concurrency, isChild };
}
