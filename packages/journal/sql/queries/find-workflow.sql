-- Finds a workflow of a project by id or slug.
-- Index: workflows_pkey, workflows_slug_unique, versions_pkey.
-- Locks: nothing.
select
  workflows.id, workflows.project_id, workflows.slug, workflows.name, workflows.definition, workflows.revision,
  workflows.active_version_id, versions.number as active_version_number, workflows.created_at, workflows.updated_at,
  workflows.paused_at,
  workflows.definition is not distinct from versions.definition as is_published
from meshhook.workflows as workflows
left join meshhook.versions as versions on versions.id = workflows.active_version_id
where workflows.project_id = $1 and workflows.deleted_at is null and (workflows.id = $2 or workflows.slug = $3)
