import { Client } from "pg";

/** What leads to each run of a workflow that has not ended, and who owns its shard: lines for people who look for the reason. */
export async function describeLeftRuns(databaseUrl: string, workflowId: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly line: string }>(LEFT_RUNS, [workflowId]);
    return rows.map(({ line }) => line);
  } finally {
    await client.end();
  }
}

const LEFT_RUNS = `
select format(
  'run %s in shard %s: segments %s; timers %s; fence %s (epoch %s), owner %s; watermark by %s: runs from %s, timers from %s, signals after %s',
  run_id, shard,
  (select string_agg(format('%s stored %s', s.seq, pg_xact_commit_timestamp(s.xmin)), ', ' order by s.seq)
   from meshhook.journal as s where s.run_id = left_run.run_id),
  (select string_agg(due_at::text, ', ') from meshhook.timers as t where t.shard = left_run.shard and t.run_id = left_run.run_id),
  fence.token, fence.epoch, owner.name, watermark.token, watermark.low_run_id, watermark.timers_from, watermark.signals_after)
  as line
from (
  select shard, run_id from meshhook.journal where workflow_id = $1
  group by shard, run_id having not bool_or(status is not null)
) as left_run
left join meshhook.fences as fence using (shard)
left join meshhook.owners as owner on owner.token = fence.token
left join meshhook.watermarks as watermark using (shard)`;
