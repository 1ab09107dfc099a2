-- Reads which shards a token holds.
-- Index: none; the table has one row per shard.
-- Locks: nothing.
select fences.shard
from meshhook.fences as fences
where fences.token = $1
