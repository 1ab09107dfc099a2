-- Reads the low-watermarks of shards.
-- Index: watermarks_pkey.
-- Locks: nothing.
select watermarks.shard, watermarks.low_run_id, watermarks.timers_from, watermarks.signals_after
from meshhook.watermarks as watermarks
where watermarks.shard = any ($1::int[])
