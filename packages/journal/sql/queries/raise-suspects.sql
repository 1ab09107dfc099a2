-- Notes that runs of a shard are about to be folded.
-- Index: suspects_pkey (through "on conflict").
-- Locks: the runs' rows, in the order given.
insert into meshhook.suspects as suspects (shard, run_id)
select $1, given.run_id
from unnest($2::uuid[]) as given (run_id)
on conflict (shard, run_id) do update
set attempts = suspects.attempts + 1, at = clock_timestamp()
