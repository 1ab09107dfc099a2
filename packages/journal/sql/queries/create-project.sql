-- Creates a project.
-- Index: projects_pkey, projects_slug_unique.
-- Locks: nothing that others wait for.
insert into meshhook.projects (id, slug, name, created_at, organisation_id)
values ($1, $2, $3, $4, $5)
returning id, slug, name, created_at, concurrency, retention_days, rate_limit, organisation_id, redaction, sealed_pseudonym_key
