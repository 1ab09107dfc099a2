-- Changes a user.
-- Index: users_pkey.
-- Locks: the user's row.
update meshhook.users as users
set name = $2, password = $3, is_admin = $4, disabled_at = $5
where users.id = $1
returning users.id, users.email, users.name, users.password, users.is_admin, users.created_at, users.disabled_at
