-- Gives a project a sealed key for pseudonyms, unless it has one.
-- Index: projects_pkey.
-- Locks: the project's row.
update meshhook.projects as projects
set sealed_pseudonym_key = $2
where projects.id = $1 and projects.sealed_pseudonym_key is null
