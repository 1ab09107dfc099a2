-- Lists the versions of a workflow, newest first.
-- Index: versions_number_unique.
-- Locks: nothing.
select
  versions.id, versions.project_id, versions.workflow_id, versions.number, versions.hash, versions.definition,
  versions.created_at
from meshhook.versions as versions
where versions.project_id = $1 and versions.workflow_id = $2
order by versions.number desc
