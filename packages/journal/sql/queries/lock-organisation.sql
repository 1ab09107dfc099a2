-- Locks the organisation of a project, so that its members change one after the other.
-- Index: projects_pkey, organisations_pkey.
-- Locks: the organisation's row for no key update.
select organisations.id
from meshhook.organisations as organisations
where organisations.id = (select projects.organisation_id from meshhook.projects as projects where projects.id = $1)
for no key update
