-- Records an act; one that is recorded stays as it is.
-- Index: audit_pkey (through "on conflict").
-- Locks: nothing that others wait for.
insert into meshhook.audit
  (id, project_id, at, action, actor_kind, actor_id, actor_name, resource_kind, resource_id, resource_name, detail, address,
   request_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict do nothing
