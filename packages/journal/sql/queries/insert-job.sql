-- Stores a job; one with the same id stays as it is.
-- Index: jobs_pkey (through "on conflict").
-- Locks: nothing that others wait for.
insert into meshhook.jobs (id, project_id, spec, progress)
values ($1, $2, $3, $4)
on conflict do nothing
