-- Finds the active version of a workflow by its slug; no row: there is no such workflow.
-- Index: workflows_slug_unique.
-- Locks: nothing.
select workflows.id as workflow_id, workflows.active_version_id as version_id
from meshhook.workflows as workflows
where workflows.project_id = $1 and workflows.slug = $2 and workflows.deleted_at is null
