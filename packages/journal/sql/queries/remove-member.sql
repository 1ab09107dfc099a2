-- Takes a role in an organisation, or in one of its projects, from a user.
-- Index: members_unique.
-- Locks: the member's row.
delete from meshhook.members as members
where members.organisation_id = $1 and members.project_id is not distinct from $2 and members.user_id = $3
