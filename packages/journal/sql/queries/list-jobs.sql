-- Lists a project's jobs, newest first.
-- Index: jobs_by_project.
-- Locks: nothing.
select
  jobs.id, jobs.project_id, jobs.spec, jobs.created_at, jobs.state, jobs.progress, jobs.message, jobs.finished_at
from meshhook.jobs as jobs
where jobs.project_id = $1
order by jobs.created_at desc
limit $2
