-- Lists a secret's versions, newest first.
-- Index: secrets_version_unique.
-- Locks: nothing.
select secrets.name, secrets.version, secrets.created_at, secrets.used_at
from meshhook.secrets as secrets
where secrets.project_id = $1 and secrets.name = $2
order by secrets.version desc
