-- Reads the runs that hold idempotency keys.
-- Index: deduplications_pkey, once per key.
-- Locks: nothing.
select stored.endpoint_id, stored.key, stored.run_id, stored.body_hash
from unnest($1::int[], $2::uuid[], $3::text[]) as wanted (shard, endpoint_id, key)
cross join lateral (
  select deduplications.endpoint_id, deduplications.key, deduplications.run_id, deduplications.body_hash
  from meshhook.deduplications as deduplications
  where deduplications.shard = wanted.shard
    and deduplications.endpoint_id = wanted.endpoint_id
    and deduplications.key = wanted.key
  -- Keeps the planner from turning the look-up into a join over the whole table.
  limit 1
) as stored
