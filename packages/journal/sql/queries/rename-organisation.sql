-- Renames an organisation.
-- Index: organisations_pkey.
-- Locks: the organisation's row.
update meshhook.organisations as organisations
set name = $2
where organisations.id = $1
returning organisations.id, organisations.slug, organisations.name, organisations.created_at
