-- Reads a user that is about to change.
-- Index: users_pkey.
-- Locks: the user's row.
select users.id, users.email, users.name, users.password, users.is_admin, users.created_at, users.disabled_at
from meshhook.users as users
where users.id = $1
for no key update
