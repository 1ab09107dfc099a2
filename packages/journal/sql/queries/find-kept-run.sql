-- Tells whether there is a run between two run ids whose project is listed ($4) or not listed (not $4).
-- Index: journal_runs_by_project, or none: reads the partition of an old day up to the first such run.
-- Locks: nothing.
select exists (
  select from meshhook.journal as firsts
  where firsts.run_id >= $1 and firsts.run_id < $2 and firsts.seq = 0 and (firsts.project_id = any ($3::uuid[])) = $4
) as is_found
