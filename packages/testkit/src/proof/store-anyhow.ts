import type { SegmentRow } from "@meshhook/journal";
import { Client } from "pg";

/** Stores a segment as the next one of its run, past every rule: for planted bugs. */
export async function storeAnyhow(databaseUrl: string, row: SegmentRow): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(
      `insert into meshhook.journal (shard, run_id, seq, at, project_id, workflow_id, version_id, status, facts)
       select $1, $2, coalesce(max(seq) + 1, 0), timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4, $5, $6, $7, $8
       from meshhook.journal where shard = $1 and run_id = $2`,
      [row.shard, row.runId, row.at, row.projectId, row.workflowId, row.versionId, row.status, row.facts],
    );
  } finally {
    await client.end();
  }
}
