-- Locks a project for a change.
-- Index: projects_pkey.
-- Locks: the project's row.
select projects.id, projects.slug, projects.name, projects.created_at, projects.concurrency, projects.retention_days,
  projects.rate_limit, projects.organisation_id, projects.redaction, projects.sealed_pseudonym_key
from meshhook.projects as projects
where projects.id = $1
for update
