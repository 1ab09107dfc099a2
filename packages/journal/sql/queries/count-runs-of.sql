-- Counts the runs between two run ids of some projects, and those of them that have ended.
-- Index: journal_runs_by_project; journal_pkey for each run that did not end with its first segment.
-- Locks: nothing.
select
  count(*) as runs,
  count(*) filter (where firsts.status is not null or ended.is_found) as ended
from meshhook.journal as firsts
left join lateral (
  select true as is_found
  from meshhook.journal as finals
  where finals.shard = firsts.shard and finals.run_id = firsts.run_id and finals.status is not null
  limit 1
) as ended on firsts.status is null
where firsts.project_id = any ($3::uuid[])
  and firsts.seq = 0
  and firsts.run_id >= $1
  and firsts.run_id < $2
