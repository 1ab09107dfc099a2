-- Creates an API key.
-- Index: api_keys_pkey, api_keys_hash_unique.
-- Locks: the project's row for key share.
insert into meshhook.api_keys (id, project_id, name, scope, hash, prefix, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning id, project_id, name, scope, hash, prefix, created_at, revoked_at, expires_at, last_used_at
