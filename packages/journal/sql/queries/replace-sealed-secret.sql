-- Replaces a sealed value, unless it was changed meanwhile.
-- Index: secrets_pkey.
-- Locks: the version's row.
update meshhook.secrets as secrets
set sealed = $3
where secrets.id = $1 and secrets.sealed = $2
