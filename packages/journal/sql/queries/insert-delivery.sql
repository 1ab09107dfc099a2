-- Puts the first segment of a run into the inbox of its shard.
-- Index: signals_pkey.
-- Locks: nothing that others wait for; the caller holds the revision's row.
insert into meshhook.signals (shard, id, run_id, project_id, kind, workflow_id, version_id, facts)
values ($1, $2, $3, $4, 'delivery', $5, $6, $7)
