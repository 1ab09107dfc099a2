-- Finds an API key that is not revoked, across projects.
-- Index: api_keys_hash_unique.
-- Locks: nothing.
select
  api_keys.id, api_keys.project_id, api_keys.name, api_keys.scope, api_keys.hash, api_keys.prefix,
  api_keys.created_at, api_keys.revoked_at, api_keys.expires_at, api_keys.last_used_at
from meshhook.api_keys as api_keys
where api_keys.hash = $1 and api_keys.revoked_at is null
