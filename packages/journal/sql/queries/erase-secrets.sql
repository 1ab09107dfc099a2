-- Erases the values of a secret's versions before one.
-- Index: secrets_version_unique.
-- Locks: the rows that it changes.
update meshhook.secrets as secrets
set sealed = null
where secrets.project_id = $1 and secrets.name = $2 and secrets.version < $3 and secrets.sealed is not null
