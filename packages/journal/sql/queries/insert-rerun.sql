-- Notes that a run is to run again; a repeated request changes nothing.
-- Index: reruns_pkey (through "on conflict").
-- Locks: nothing that others wait for.
insert into meshhook.reruns (shard, run_id, key, kind, project_id)
values ($1, $2, $3, $4, $5)
on conflict do nothing
