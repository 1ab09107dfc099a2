-- Hides a workflow and frees its slug. Its versions stay for the runs that refer to them.
-- Index: workflows_pkey.
-- Locks: the workflow's row.
update meshhook.workflows as workflows
set deleted_at = $3, slug = workflows.slug || '~' || workflows.id
where workflows.project_id = $1 and workflows.id = $2 and workflows.deleted_at is null
