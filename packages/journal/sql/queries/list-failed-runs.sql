-- Lists a project's failed runs between two run ids, newest first, with an optional workflow.
-- Index: journal_failures_by_project; journal_pkey for the first segment.
-- Locks: nothing.
select
  finals.run_id, finals.project_id, finals.workflow_id, finals.version_id,
  finals.status,
  firsts.at as started_at,
  finals.at as finished_at
from meshhook.journal as finals
cross join lateral (
  select segments.at
  from meshhook.journal as segments
  where segments.shard = finals.shard and segments.run_id = finals.run_id and segments.seq = 0
) as firsts
where finals.project_id = $1
  and finals.status = 'failed'
  and finals.run_id >= $2
  and finals.run_id < $3
  and ($4::uuid is null or finals.workflow_id = $4)
order by finals.run_id desc
limit $5
