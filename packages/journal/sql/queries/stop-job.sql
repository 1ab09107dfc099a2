-- Asks whoever works on a job to stop; a job that has ended stays as it is.
-- Index: jobs_pkey.
-- Locks: the job's row.
update meshhook.jobs as jobs
set state = 'stopping'
where jobs.id = $1 and jobs.project_id = $2 and jobs.state = 'running'
