-- Lists what was not sealed under one key, across projects, by id.
-- Index: secrets_pkey, endpoints_pkey, projects_pkey.
-- Locks: nothing.
select
  found.kind, found.id, found.project_id, found.name, found.version, found.sealed, found.verify_token, found.former_keys
from (
  (
    select
      'secret' as kind, secrets.id, secrets.project_id, secrets.name, secrets.version, secrets.sealed,
      null as verify_token, null as former_keys
    from meshhook.secrets as secrets
    where secrets.id > $2 and secrets.sealed is not null and left(secrets.sealed, 12) <> $1
    order by secrets.id
    limit $3
  )
  union all
  (
    select
      'endpoint', endpoints.id, endpoints.project_id, null, null, endpoints.sealed_secret,
      endpoints.sealed_verify_token, endpoints.former_keys
    from meshhook.endpoints as endpoints
    where endpoints.id > $2
      and (
        left(endpoints.sealed_secret, 12) <> $1
        or left(endpoints.sealed_verify_token, 12) <> $1
        or replace(endpoints.former_keys, '"sealedSecret":"' || $1, '') like '%"sealedSecret":"%'
      )
    order by endpoints.id
    limit $3
  )
  union all
  (
    select 'pseudonym-key', projects.id, projects.id, null, null, projects.sealed_pseudonym_key, null, null
    from meshhook.projects as projects
    where projects.id > $2 and projects.sealed_pseudonym_key is not null and left(projects.sealed_pseudonym_key, 12) <> $1
    order by projects.id
    limit $3
  )
) as found
order by found.id
limit $3
