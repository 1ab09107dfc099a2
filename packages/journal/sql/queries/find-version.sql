-- Finds a version, across projects.
-- Index: versions_pkey.
-- Locks: nothing.
select
  versions.id, versions.project_id, versions.workflow_id, versions.number, versions.hash, versions.definition,
  versions.created_at
from meshhook.versions as versions
where versions.id = $1
