-- Makes the version with this document the active one of its workflow.
-- Index: workflows_pkey, versions_document_unique.
-- Locks: the workflow's row.
update meshhook.workflows as workflows
set active_version_id = versions.id
from meshhook.versions as versions
where workflows.id = $1
  and versions.workflow_id = $1
  and versions.hash = $2
  and md5(versions.definition) = md5($3)
  and versions.definition = $3
returning
  versions.id, versions.project_id, versions.workflow_id, versions.number, versions.hash, versions.definition,
  versions.created_at
