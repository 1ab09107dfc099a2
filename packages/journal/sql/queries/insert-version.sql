-- Stores a version with the next number, unless exactly this document is stored already.
-- Index: versions_document_unique, versions_number_unique.
-- Locks: nothing that others wait for; the caller holds the workflow's row.
insert into meshhook.versions (id, project_id, workflow_id, number, hash, definition, created_at)
select
  $1, $2, $3,
  coalesce((select max(stored.number) from meshhook.versions as stored where stored.workflow_id = $3), 0) + 1,
  $4, $5, $6
on conflict (workflow_id, hash, md5(definition)) do nothing
