-- Creates a user; with $7, only where there are none.
-- Index: users_pkey, users_email_unique.
-- Locks: nothing that others wait for.
insert into meshhook.users (id, email, name, password, is_admin, created_at)
select $1, $2, $3, $4, $5, $6
where not $7 or not exists (select from meshhook.users)
returning id, email, name, password, is_admin, created_at, disabled_at
