-- Creates an endpoint for a workflow of the project; no row when the workflow does not exist.
-- Index: workflows_pkey, endpoints_pkey, endpoints_token_unique, endpoints_alias_unique.
-- Locks: the workflow's row for key share.
insert into meshhook.endpoints as endpoints
  (id, project_id, workflow_id, token, name, signature, sealed_secret, dedupe_header, body_bytes_max, answer,
   result_timeout_ms, same_key, handshakes, sealed_verify_token, keys_by_header, signature_settings, former_keys,
   acceptance, alias, created_at)
select $1, workflows.project_id, workflows.id, $4, $5, $6, $7, $8, $9::int, $10, $11::int, $12, $13, $14, $15::bool, $16, $17,
  $18, $19, $20
from meshhook.workflows as workflows
where workflows.project_id = $2 and workflows.id = $3 and workflows.deleted_at is null
returning
  endpoints.id, endpoints.project_id, endpoints.workflow_id, endpoints.token, endpoints.name, endpoints.signature,
  endpoints.sealed_secret, endpoints.dedupe_header, endpoints.body_bytes_max, endpoints.answer,
  endpoints.result_timeout_ms, endpoints.same_key, endpoints.handshakes, endpoints.sealed_verify_token,
  endpoints.keys_by_header, endpoints.signature_settings, endpoints.former_keys, endpoints.acceptance, endpoints.alias,
  endpoints.paused_at, endpoints.created_at
