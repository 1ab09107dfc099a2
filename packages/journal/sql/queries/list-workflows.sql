-- Lists a project's workflows by slug.
-- Index: workflows_slug_unique, versions_pkey.
-- Locks: nothing.
select
  workflows.id, workflows.project_id, workflows.slug, workflows.name, workflows.definition, workflows.revision,
  workflows.active_version_id, versions.number as active_version_number, workflows.created_at, workflows.updated_at,
  workflows.paused_at,
  workflows.definition is not distinct from versions.definition as is_published
from meshhook.workflows as workflows
left join meshhook.versions as versions on versions.id = workflows.active_version_id
where workflows.project_id = $1 and workflows.deleted_at is null and workflows.slug > $2
order by workflows.slug
limit $3
