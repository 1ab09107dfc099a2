-- Claims an idempotency key for a run; no row: it is taken.
-- Index: deduplications_pkey (through "on conflict").
-- Locks: waits for a concurrent transaction that holds the key.
insert into meshhook.deduplications (shard, endpoint_id, key, run_id, body_hash, at)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
returning run_id
