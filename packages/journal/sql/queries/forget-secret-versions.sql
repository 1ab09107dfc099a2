-- Removes a secret's versions up to one.
-- Index: secrets_version_unique.
-- Locks: the rows that it removes.
delete from meshhook.secrets as secrets
where secrets.project_id = $1 and secrets.name = $2 and secrets.version <= $3
