-- Lists a project's audit log between two ids, newest first.
-- Index: audit_by_project.
-- Locks: nothing.
select
  audit.id, audit.project_id, audit.at, audit.action, audit.actor_kind, audit.actor_id, audit.actor_name,
  audit.resource_kind, audit.resource_id, audit.resource_name, audit.detail, audit.address, audit.request_id
from meshhook.audit as audit
where audit.project_id = $1 and audit.id >= $2 and audit.id < $3
  and ($4::text is null or audit.action = $4)
  and ($5::text is null or audit.actor_id = $5)
  and ($6::text is null or audit.resource_id = $6)
order by audit.id desc
limit $7
