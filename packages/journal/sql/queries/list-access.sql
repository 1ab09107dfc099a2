-- Lists the projects that a user may see, by slug, with the user's roles.
-- Index: users_pkey, members_by_user, projects_by_organisation.
-- Locks: nothing.
select
  projects.id as project_id, projects.slug, projects.name, projects.organisation_id,
  case when users.is_admin then 'owner' else roles.of_project end as role,
  case when users.is_admin then 'owner' else roles.of_organisation end as organisation_role
from meshhook.users as users
cross join meshhook.projects as projects
cross join lateral (
  select
    (array_agg(members.role order by case members.role when 'owner' then 1 when 'editor' then 2 else 3 end))[1] as of_project,
    max(members.role) filter (where members.project_id is null) as of_organisation
  from meshhook.members as members
  where members.user_id = users.id
    and members.organisation_id = projects.organisation_id
    and (members.project_id is null or members.project_id = projects.id)
) as roles
where users.id = $1 and users.disabled_at is null and (users.is_admin or roles.of_project is not null)
order by projects.slug
