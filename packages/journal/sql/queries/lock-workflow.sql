-- Locks a workflow, so that its versions are numbered one after the other.
-- Index: workflows_pkey.
-- Locks: the workflow's row for update.
select workflows.id
from meshhook.workflows as workflows
where workflows.project_id = $1 and workflows.id = $2 and workflows.deleted_at is null
for update
