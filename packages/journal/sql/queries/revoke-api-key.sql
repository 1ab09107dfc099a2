-- Revokes an API key; keeps the time of the first revocation.
-- Index: api_keys_pkey.
-- Locks: the key's row.
update meshhook.api_keys as api_keys
set revoked_at = coalesce(api_keys.revoked_at, $3)
where api_keys.project_id = $1 and api_keys.id = $2
