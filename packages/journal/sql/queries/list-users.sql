-- Lists all users by address.
-- Index: users_email_unique.
-- Locks: nothing.
select users.id, users.email, users.name, users.password, users.is_admin, users.created_at, users.disabled_at
from meshhook.users as users
order by users.email
