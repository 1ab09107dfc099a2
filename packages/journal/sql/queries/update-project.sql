-- Replaces a project's settings.
-- Index: projects_pkey.
-- Locks: the project's row.
update meshhook.projects as projects
set name = $2, concurrency = $3, retention_days = $4, rate_limit = $5, redaction = $6,
  sealed_pseudonym_key = coalesce(projects.sealed_pseudonym_key, $7)
where projects.id = $1
returning projects.id, projects.slug, projects.name, projects.created_at, projects.concurrency, projects.retention_days,
  projects.rate_limit, projects.organisation_id, projects.redaction, projects.sealed_pseudonym_key
