-- Reads an endpoint that is about to change.
-- Index: endpoints_pkey.
-- Locks: the endpoint's row for update.
select
  endpoints.id, endpoints.project_id, endpoints.workflow_id, endpoints.token, endpoints.name, endpoints.signature,
  endpoints.sealed_secret, endpoints.dedupe_header, endpoints.body_bytes_max, endpoints.answer,
  endpoints.result_timeout_ms, endpoints.same_key, endpoints.handshakes, endpoints.sealed_verify_token,
  endpoints.keys_by_header, endpoints.signature_settings, endpoints.former_keys, endpoints.acceptance, endpoints.alias,
  endpoints.paused_at, endpoints.created_at
from meshhook.endpoints as endpoints
where endpoints.project_id = $1 and endpoints.id = $2
for update
