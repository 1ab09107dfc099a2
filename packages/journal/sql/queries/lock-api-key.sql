-- Reads an API key that is about to change.
-- Index: api_keys_pkey.
-- Locks: the key's row for update.
select
  api_keys.id, api_keys.project_id, api_keys.name, api_keys.scope, api_keys.hash, api_keys.prefix,
  api_keys.created_at, api_keys.revoked_at, api_keys.expires_at, api_keys.last_used_at
from meshhook.api_keys as api_keys
where api_keys.project_id = $1 and api_keys.id = $2
for update
