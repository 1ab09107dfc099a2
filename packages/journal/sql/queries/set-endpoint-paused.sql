-- Pauses an endpoint, or resumes it. An endpoint that is paused again keeps the time since when it is.
-- Index: endpoints_pkey.
-- Locks: the endpoint's row.
update meshhook.endpoints as endpoints
set paused_at = case when $3 then coalesce(endpoints.paused_at, clock_timestamp()) end
where endpoints.project_id = $1 and endpoints.id = $2
returning
  endpoints.id, endpoints.project_id, endpoints.workflow_id, endpoints.token, endpoints.name, endpoints.signature,
  endpoints.sealed_secret, endpoints.dedupe_header, endpoints.body_bytes_max, endpoints.answer,
  endpoints.result_timeout_ms, endpoints.same_key, endpoints.handshakes, endpoints.sealed_verify_token,
  endpoints.keys_by_header, endpoints.signature_settings, endpoints.former_keys, endpoints.acceptance, endpoints.alias,
  endpoints.paused_at, endpoints.created_at
