-- Makes the version with this hash the active one of its workflow.
-- Index: workflows_pkey, versions_hash_unique.
-- Locks: the workflow's row.
update meshhook.workflows as workflows
set active_version_id = versions.id
from meshhook.versions as versions
where workflows.id = $1 and versions.workflow_id = $1 and versions.hash = $2
returning
  versions.id, versions.project_id, versions.workflow_id, versions.number, versions.hash, versions.definition,
  versions.created_at
