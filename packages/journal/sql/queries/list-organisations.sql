-- Lists all organisations by slug.
-- Index: organisations_slug_unique.
-- Locks: nothing.
select organisations.id, organisations.slug, organisations.name, organisations.created_at
from meshhook.organisations as organisations
order by organisations.slug
