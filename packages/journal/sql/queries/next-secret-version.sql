-- The number of a secret's next version, and how many other secrets the project has.
-- Index: secrets_version_unique.
-- Locks: nothing; the project's row is locked before.
select
  coalesce(max(secrets.version) filter (where secrets.name = $2), 0) + 1 as version,
  count(distinct secrets.name) filter (where secrets.name <> $2) as others
from meshhook.secrets as secrets
where secrets.project_id = $1
