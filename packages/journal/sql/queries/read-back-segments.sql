-- Reads segments by key after an append that stored fewer rows than it was given.
-- Index: journal_pkey, once per row.
-- Locks: nothing.
select stored.run_id, stored.status, stored.facts
from unnest($1::int[], $2::uuid[], $3::int[]) as wanted (shard, run_id, seq)
cross join lateral (
  select segments.run_id, segments.status, segments.facts
  from meshhook.journal as segments
  where segments.shard = wanted.shard and segments.run_id = wanted.run_id and segments.seq = wanted.seq
  -- Keeps the planner from turning the look-up into a join over the whole table.
  limit 1
) as stored
