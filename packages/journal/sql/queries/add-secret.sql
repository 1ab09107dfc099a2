-- Adds a version of a secret.
-- Index: secrets_version_unique.
-- Locks: nothing that others wait for.
insert into meshhook.secrets (id, project_id, name, version, sealed, created_at)
values ($1, $2, $3, $4, $5, $6)
