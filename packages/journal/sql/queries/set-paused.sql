-- Pauses a workflow, or resumes it. A workflow that is paused again keeps the time since when it is.
-- Index: workflows_pkey.
-- Locks: the workflow's row.
update meshhook.workflows as workflows
set paused_at = case when $3 then coalesce(workflows.paused_at, clock_timestamp()) end
where workflows.project_id = $1 and workflows.id = $2 and workflows.deleted_at is null
returning workflows.id
