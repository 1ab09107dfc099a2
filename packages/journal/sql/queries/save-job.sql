-- Stores a job's progress for its worker and keeps or, with 0 milliseconds, gives up the job; another worker's job stays as it is.
-- Index: jobs_pkey.
-- Locks: the job's row.
update meshhook.jobs as jobs
set
  progress = $3,
  message = $4,
  state = coalesce($5, jobs.state),
  finished_at = case when $5::text is null then null else clock_timestamp() end,
  held_until = clock_timestamp() + $6::int * interval '1 millisecond'
where jobs.id = $1 and jobs.worker = $2
returning jobs.state
