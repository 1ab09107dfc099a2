-- Replaces what an endpoint keeps sealed, unless it was changed meanwhile.
-- Index: endpoints_pkey.
-- Locks: the endpoint's row.
update meshhook.endpoints as endpoints
set sealed_secret = $5, sealed_verify_token = $6, former_keys = $7
where endpoints.id = $1
  and endpoints.sealed_secret is not distinct from $2
  and endpoints.sealed_verify_token is not distinct from $3
  and endpoints.former_keys = $4
