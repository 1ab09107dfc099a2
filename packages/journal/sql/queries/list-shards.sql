-- Lists all shards.
-- Index: none; shards are few.
-- Locks: nothing.
select fences.shard
from meshhook.fences as fences
order by fences.shard
