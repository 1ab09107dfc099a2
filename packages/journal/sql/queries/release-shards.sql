-- Frees those of the given shards that the token holds.
-- Index: fences_pkey.
-- Locks: the fence rows for update, in shard order.
with locked as materialized (
  select fences.shard
  from meshhook.fences as fences
  where fences.token = $1 and fences.shard = any ($2::int[])
  order by fences.shard
  for update
)
update meshhook.fences as fences
set token = null
from locked
where fences.shard = locked.shard
