-- Stores a signal.
-- Index: signals_pkey.
-- Locks: nothing that others wait for; the caller holds the revision's row.
insert into meshhook.signals (shard, id, run_id, project_id, kind, reason)
values ($1, $2, $3, $4, $5, $6)
