-- Finds the route of an alias by the slug of its project, across projects.
-- Index: projects_slug_unique, endpoints_alias_unique, workflows_pkey, versions_pkey.
-- Locks: nothing.
select
  endpoints.id, endpoints.project_id, endpoints.workflow_id, endpoints.token, endpoints.name, endpoints.signature,
  endpoints.sealed_secret, endpoints.dedupe_header, endpoints.body_bytes_max, endpoints.answer,
  endpoints.result_timeout_ms, endpoints.same_key, endpoints.handshakes, endpoints.sealed_verify_token,
  endpoints.keys_by_header, endpoints.signature_settings, endpoints.former_keys, endpoints.acceptance, endpoints.alias,
  endpoints.paused_at, endpoints.created_at,
  versions.id as version_id, versions.number as version_number, versions.hash as version_hash,
  versions.definition as version_definition, versions.created_at as version_created_at,
  projects.slug as project_slug, projects.rate_limit as project_rate_limit,
  projects.redaction as project_redaction, projects.sealed_pseudonym_key
from meshhook.endpoints as endpoints
join meshhook.projects as projects on projects.id = endpoints.project_id
join meshhook.workflows as workflows on workflows.id = endpoints.workflow_id
left join meshhook.versions as versions on versions.id = workflows.active_version_id
where projects.slug = $1 and endpoints.alias = $2
