-- Reads the runs that hold idempotency keys.
-- Index: deduplications_pkey.
-- Locks: nothing.
select deduplications.endpoint_id, deduplications.key, deduplications.run_id, deduplications.body_hash
from unnest($1::int[], $2::uuid[], $3::text[]) as wanted (shard, endpoint_id, key)
join meshhook.deduplications as deduplications
  on deduplications.shard = wanted.shard
  and deduplications.endpoint_id = wanted.endpoint_id
  and deduplications.key = wanted.key
