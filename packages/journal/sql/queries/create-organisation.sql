-- Creates an organisation.
-- Index: organisations_pkey, organisations_slug_unique.
-- Locks: nothing that others wait for.
insert into meshhook.organisations (id, slug, name, created_at)
values ($1, $2, $3, $4)
returning id, slug, name, created_at
