-- Takes the oldest job that nobody works on; of each project only the first that has not ended.
-- Index: jobs_open.
-- Locks: the job's row; rows that another process is taking are passed over.
update meshhook.jobs as jobs
set worker = $1, held_until = clock_timestamp() + $2::int * interval '1 millisecond'
where jobs.id = (
  select candidates.id
  from meshhook.jobs as candidates
  where candidates.state in ('running', 'stopping')
    and candidates.held_until <= clock_timestamp()
    and not exists (
      select
      from meshhook.jobs as others
      where others.state in ('running', 'stopping')
        and others.project_id = candidates.project_id
        and (others.created_at, others.id) < (candidates.created_at, candidates.id)
    )
  order by candidates.created_at
  limit 1
  for update skip locked
)
returning
  jobs.id, jobs.project_id, jobs.spec, jobs.created_at, jobs.state, jobs.progress, jobs.message, jobs.finished_at
