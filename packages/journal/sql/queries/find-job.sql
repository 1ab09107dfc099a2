-- Finds a project's job.
-- Index: jobs_pkey.
-- Locks: nothing.
select
  jobs.id, jobs.project_id, jobs.spec, jobs.created_at, jobs.state, jobs.progress, jobs.message, jobs.finished_at
from meshhook.jobs as jobs
where jobs.id = $1 and jobs.project_id = $2
