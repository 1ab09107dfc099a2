-- Replaces an endpoint's settings.
-- Index: endpoints_pkey, endpoints_alias_unique.
-- Locks: the endpoint's row.
update meshhook.endpoints as endpoints
set
  name = $3,
  signature = $4,
  sealed_secret = $5,
  dedupe_header = $6,
  body_bytes_max = $7,
  answer = $8,
  result_timeout_ms = $9,
  same_key = $10,
  handshakes = $11,
  sealed_verify_token = $12,
  keys_by_header = $13,
  signature_settings = $14,
  former_keys = $15,
  acceptance = $16,
  alias = $17
where endpoints.project_id = $1 and endpoints.id = $2
returning
  endpoints.id, endpoints.project_id, endpoints.workflow_id, endpoints.token, endpoints.name, endpoints.signature,
  endpoints.sealed_secret, endpoints.dedupe_header, endpoints.body_bytes_max, endpoints.answer,
  endpoints.result_timeout_ms, endpoints.same_key, endpoints.handshakes, endpoints.sealed_verify_token,
  endpoints.keys_by_header, endpoints.signature_settings, endpoints.former_keys, endpoints.acceptance, endpoints.alias,
  endpoints.paused_at, endpoints.created_at
