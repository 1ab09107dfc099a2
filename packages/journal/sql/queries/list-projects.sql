-- Lists all projects by slug.
-- Index: projects_slug_unique.
-- Locks: nothing.
select projects.id, projects.slug, projects.name, projects.created_at, projects.concurrency, projects.retention_days,
  projects.rate_limit, projects.organisation_id, projects.redaction, projects.sealed_pseudonym_key
from meshhook.projects as projects
order by projects.slug
