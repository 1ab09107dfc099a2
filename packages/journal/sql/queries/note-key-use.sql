-- Notes when an API key was used last, unless that is known already.
-- Index: api_keys_pkey.
-- Locks: the key's row.
update meshhook.api_keys as api_keys
set last_used_at = $2
where api_keys.id = $1 and (api_keys.last_used_at is null or api_keys.last_used_at < $2)
