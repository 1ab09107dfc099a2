-- Lists a project's secrets by name, each with its newest version.
-- Index: secrets_version_unique.
-- Locks: nothing.
select distinct on (secrets.name) secrets.name, secrets.version, secrets.created_at, secrets.used_at
from meshhook.secrets as secrets
where secrets.project_id = $1
order by secrets.name, secrets.version desc
