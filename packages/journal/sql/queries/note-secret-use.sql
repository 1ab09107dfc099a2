-- Notes when the newest version of a secret was last used.
-- Index: secrets_version_unique.
-- Locks: the version's row.
update meshhook.secrets as secrets
set used_at = greatest(secrets.used_at, $3)
where secrets.project_id = $1 and secrets.name = $2 and secrets.sealed is not null
