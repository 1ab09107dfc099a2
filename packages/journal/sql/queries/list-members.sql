-- Lists the members of a project and of its organisation, by address.
-- Index: projects_pkey, members_unique, users_pkey.
-- Locks: nothing.
select
  members.user_id, members.project_id, users.email, users.name, members.role, members.created_at, users.disabled_at
from meshhook.members as members
join meshhook.users as users on users.id = members.user_id
where members.organisation_id = (
    select projects.organisation_id from meshhook.projects as projects where projects.id = $1)
  and (members.project_id is null or members.project_id = $1)
order by users.email, members.project_id nulls first
