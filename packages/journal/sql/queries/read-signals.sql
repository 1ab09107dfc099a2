-- Reads the signals of shards in order, for each shard those after an id, and whether their runs have ended.
-- Index: signals_pkey, then journal_pkey.
-- Locks: nothing.
select
  signals.id, signals.shard, signals.run_id, signals.project_id, signals.kind, signals.reason, signals.name,
  signals.payload, signals.workflow_id, signals.version_id, signals.facts,
  ended.is_found is not null as is_run_over
from unnest($1::int[], $2::uuid[]) as cursors (shard, after_id)
cross join lateral (
  select found.*
  from meshhook.signals as found
  where found.shard = cursors.shard and found.id > cursors.after_id
  order by found.id
  limit $3
) as signals
-- "limit 1" keeps the planner from turning the look-up into a join over the whole table.
left join lateral (
  select true as is_found
  from meshhook.journal as finals
  where finals.shard = signals.shard and finals.run_id = signals.run_id and finals.status is not null
  limit 1
) as ended on true
order by signals.id
