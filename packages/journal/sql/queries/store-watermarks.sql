-- Stores low-watermarks of shards that the token has held since the epoch given.
-- Index: fences_pkey, watermarks_pkey.
-- Locks: the fence rows for share in shard order, like an append: an old owner cannot store after a takeover.
with held as materialized (
  select fences.shard
  from meshhook.fences as fences
  where fences.token = $1
    and fences.shard = any ($2::int[])
    and fences.epoch = ($6::int[])[array_position($2::int[], fences.shard)]
  order by fences.shard
  for share
)
update meshhook.watermarks as watermarks
set token = $1, low_run_id = given.low_run_id, timers_from = given.timers_from, signals_after = given.signals_after
from unnest($2::int[], $3::uuid[], $4::timestamptz[], $5::uuid[]) as given (shard, low_run_id, timers_from, signals_after)
join held on held.shard = given.shard
where watermarks.shard = given.shard
