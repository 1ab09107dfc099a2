-- Finds which of several runs have ended, and were not erased.
-- Index: journal_pkey, in each run's partition; erasures_pkey.
-- Locks: nothing.
select asked.run_id
from unnest($1::int[], $2::uuid[]) as asked (shard, run_id)
-- "limit 1" keeps the planner from turning the look-up into a join over the whole table.
cross join lateral (
  select finals.project_id
  from meshhook.journal as finals
  where finals.shard = asked.shard and finals.run_id = asked.run_id and finals.status is not null
  limit 1
) as ended
where not exists (
  select from meshhook.erasures as erasures where erasures.run_id = asked.run_id and erasures.project_id = ended.project_id
)
