-- Lists all projects by slug.
-- Index: projects_slug_unique.
-- Locks: nothing.
select projects.id, projects.slug, projects.name, projects.created_at
from meshhook.projects as projects
order by projects.slug
