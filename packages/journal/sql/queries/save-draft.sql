-- Creates a workflow or replaces its draft if the stored revision is the expected one (none expected: null; none stored: 0).
-- Index: workflows_slug_unique.
-- Locks: the workflow's row.
insert into meshhook.workflows as workflows
  (id, project_id, slug, name, definition, revision, created_at, updated_at)
select $1, $2, $3, $4, $5, 1, $6, $6
where $7::int is null
  or $7 = 0
  or exists (
    select from meshhook.workflows as stored where stored.project_id = $2 and stored.slug = $3
  )
on conflict (project_id, slug) do update
set
  name = excluded.name,
  definition = excluded.definition,
  revision = workflows.revision + 1,
  updated_at = excluded.updated_at
where $7::int is null or workflows.revision = $7
returning workflows.id
