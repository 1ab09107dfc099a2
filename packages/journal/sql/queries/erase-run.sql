-- Erases a run of the project that has ended. Nothing is inserted where it has not, or is not there.
-- Index: journal_pkey, in the run's partition; erasures_pkey.
-- Locks: nothing that others wait for.
insert into meshhook.erasures (run_id, project_id, at)
select $2, $3, now()
where exists (
  select from meshhook.journal as finals
  where finals.shard = $1 and finals.run_id = $2 and finals.project_id = $3 and finals.status is not null
)
on conflict do nothing
returning erasures.run_id
