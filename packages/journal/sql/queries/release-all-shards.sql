-- Frees all shards of a token.
-- Index: none; the table has one row per shard.
-- Locks: the fence rows for update, in shard order.
with locked as materialized (
  select fences.shard
  from meshhook.fences as fences
  where fences.token = $1
  order by fences.shard
  for update
)
update meshhook.fences as fences
set token = null
from locked
where fences.shard = locked.shard
