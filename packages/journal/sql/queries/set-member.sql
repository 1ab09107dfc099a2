-- Gives a user a role in an organisation, or in one of its projects.
-- Index: members_unique.
-- Locks: the member's row; the organisation's, the project's and the user's for key share.
insert into meshhook.members as members (organisation_id, project_id, user_id, role, created_at)
values ($1, $2, $3, $4, $5)
on conflict (organisation_id, user_id, project_id) do update set role = excluded.role
