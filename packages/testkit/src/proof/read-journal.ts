import { Client } from "pg";

import type { StoredSegment } from "./history.ts";

/** A run as the database holds it. */
export interface StoredRun {
  readonly versionId: string;
  readonly segments: StoredSegment[];
}

/** The stored runs of a workflow, by id, read by SQL and not through the product. `storedAtUs` only with `track_commit_timestamp`. */
export async function readJournal(databaseUrl: string, workflowId: string): Promise<Map<string, StoredRun>> {
  const rows = await query<Row>(
    databaseUrl,
    `select run_id::text, seq, status, facts, version_id::text,
       case when current_setting('track_commit_timestamp') = 'on'
         then (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000000)::float8 end as stored_us
     from meshhook.journal where workflow_id = $1 order by run_id, seq`,
    workflowId,
  );
  const runs = new Map<string, StoredRun>();
  for (const { run_id: runId, version_id: versionId, seq, status, facts, stored_us: storedAtUs } of rows) {
    const run = runs.get(runId) ?? { versionId, segments: [] };
    runs.set(runId, run);
    run.segments.push({ seq, status, facts, ...(storedAtUs === null ? {} : { storedAtUs }) });
  }
  return runs;
}

/** How many stored runs of a workflow have not ended. */
export async function countOpenRuns(databaseUrl: string, workflowId: string): Promise<number> {
  const [row] = await query<{ readonly open: number }>(
    databaseUrl,
    `select (count(*) filter (where seq = 0) - count(distinct run_id) filter (where status is not null))::int as open
     from meshhook.journal where workflow_id = $1`,
    workflowId,
  );
  return row?.open ?? 0;
}

async function query<T extends object>(databaseUrl: string, text: string, workflowId: string): Promise<readonly T[]> {
  const client = new Client({ connectionString: databaseUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(text, [workflowId])).rows;
  } finally {
    await client.end();
  }
}

interface Row {
  readonly run_id: string;
  readonly version_id: string;
  readonly seq: number;
  readonly status: string | null;
  readonly facts: string;
  readonly stored_us: number | null;
}
