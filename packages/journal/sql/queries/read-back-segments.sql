-- Reads segments by key after an append that stored fewer rows than it was given.
-- Index: journal_pkey.
-- Locks: nothing.
select segments.run_id, segments.status, segments.facts
from unnest($1::int[], $2::uuid[], $3::int[]) as wanted (shard, run_id, seq)
join meshhook.journal as segments
  on segments.shard = wanted.shard and segments.run_id = wanted.run_id and segments.seq = wanted.seq
