-- Appends a batch of segments to shards that the token has held since the epoch given; the command's row count tells how many were stored.
-- Index: fences_pkey, journal_pkey (through "on conflict").
-- Locks: the batch's fence rows for share, in shard order, before anything is written: a takeover either waits or is noticed.
with held as materialized (
  select fences.shard
  from meshhook.fences as fences
  where fences.token = $1
    and fences.shard = any ($2::int[])
    and fences.epoch = ($12::int[])[array_position($2::int[], fences.shard)]
  order by fences.shard
  for share
)
insert into meshhook.journal (shard, run_id, seq, at, project_id, workflow_id, version_id, status, facts)
select
  held.shard,
  segments.run_id::uuid,
  segments.seq::int,
  timestamptz 'epoch' + segments.at::bigint * interval '1 microsecond',
  segments.project_id::uuid,
  segments.workflow_id::uuid,
  segments.version_id::uuid,
  nullif(segments.status, ''),
  segments.facts
from unnest(
  string_to_array($3, E'\x1e'),
  string_to_array($4, E'\x1e'),
  string_to_array($5, E'\x1e'),
  string_to_array($6, E'\x1e'),
  string_to_array($7, E'\x1e'),
  string_to_array($8, E'\x1e'),
  string_to_array($9, E'\x1e'),
  string_to_array($10, E'\x1e'),
  string_to_array($11, E'\x1e')
) as segments (shard, run_id, seq, at, project_id, workflow_id, version_id, status, facts)
join held on held.shard = segments.shard::int
on conflict do nothing
