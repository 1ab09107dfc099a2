-- Finds the newest version of a secret.
-- Index: secrets_version_unique.
-- Locks: nothing.
select secrets.version, secrets.sealed
from meshhook.secrets as secrets
where secrets.project_id = $1 and secrets.name = $2 and secrets.sealed is not null
order by secrets.version desc
limit 1
