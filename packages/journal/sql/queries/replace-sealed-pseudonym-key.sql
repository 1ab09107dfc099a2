-- Replaces a project's sealed key for pseudonyms, unless it was changed meanwhile.
-- Index: projects_pkey.
-- Locks: the project's row.
update meshhook.projects as projects
set sealed_pseudonym_key = $3
where projects.id = $1 and projects.sealed_pseudonym_key = $2
