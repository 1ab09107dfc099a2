-- Reads which shards a token holds, and since which epoch.
-- Index: none; the table has one row per shard.
-- Locks: nothing.
select fences.shard, fences.epoch
from meshhook.fences as fences
where fences.token = $1
