import type { Client } from "pg";
import { earliestRunOf } from "./earliest-run.ts";

/** Waits until every run of a workflow has ended; returns how many have not by `timeoutMs`. */
export async function waitForBacklog(client: Client, workflowId: string, timeoutMs: number): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const unfinished = await countUnfinished(client, workflowId);
    if (unfinished === 0 || performance.now() >= deadline) return unfinished;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Runs of a workflow without an end. */
export async function countUnfinished(client: Client, workflowId: string): Promise<number> {
  const { rows } = await client.query<{ unfinished: number }>(
    `select (count(*) filter (where seq = 0) - count(status))::int as unfinished
     from meshhook.journal
     where workflow_id = $1 and run_id >= $2`,
    [workflowId, earliestRunOf(workflowId)],
  );
  return rows[0]?.unfinished ?? 0;
}
