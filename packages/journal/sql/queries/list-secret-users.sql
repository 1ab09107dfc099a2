-- Lists the workflows whose active version names a secret: in a hole, or as a signing key.
-- Index: workflows_slug_unique, versions_pkey.
-- Locks: nothing.
select workflows.slug
from meshhook.workflows as workflows
join meshhook.versions as versions on versions.id = workflows.active_version_id
where workflows.project_id = $1 and workflows.deleted_at is null
  and (
    versions.definition ~ ('secrets\s*\.\s*' || $2 || '(?![A-Za-z0-9_])')
    or (versions.definition like '%signingKeys%' and versions.definition like '%"' || replace($2, '_', '\_') || '"%')
  )
order by workflows.slug
