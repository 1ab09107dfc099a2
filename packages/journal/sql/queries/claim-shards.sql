-- Takes shards that still have the epoch that find-free-shards saw.
-- Index: fences_pkey.
-- Locks: the fence rows for update, in shard order: waits for appends in flight, and later appends of the old owner see the change.
with wanted as (
  select candidates.shard, candidates.epoch
  from unnest($2::int[], $3::int[]) as candidates (shard, epoch)
),
locked as materialized (
  select fences.shard
  from meshhook.fences as fences
  join wanted on wanted.shard = fences.shard and wanted.epoch = fences.epoch
  order by fences.shard
  for update of fences
)
update meshhook.fences as fences
set token = $1, epoch = fences.epoch + 1
from locked
where fences.shard = locked.shard
returning fences.shard, fences.epoch
