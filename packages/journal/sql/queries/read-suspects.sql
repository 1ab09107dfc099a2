-- Reads the suspects of shards.
-- Index: suspects_pkey; the table is nearly always empty.
-- Locks: nothing.
select suspects.shard, suspects.run_id, suspects.attempts, suspects.at
from meshhook.suspects as suspects
where suspects.shard = any ($1::int[])
