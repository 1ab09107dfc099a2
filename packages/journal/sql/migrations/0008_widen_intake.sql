-- What endpoints may be told about repeated keys and handshakes; workflows that are deleted while their runs stay; versions that
-- differ in names and labels only; bounded records of refusals.
-- Breaking: processes of earlier releases cannot publish while they run beside this schema; everything else of theirs goes on.
-- Locks: access exclusive on endpoints, workflows and versions, for a moment.

insert into meshhook.migrations (name) values ('0008_widen_intake');

alter table meshhook.endpoints
  add column same_key text not null default 'by_source',
  add column handshakes text not null default 'on',
  add column sealed_verify_token text,
  add constraint endpoints_same_key_valid check (same_key in ('by_source', 'first_counts', 'compare')),
  add constraint endpoints_handshakes_valid check (handshakes in ('on', 'off'));
comment on column meshhook.endpoints.same_key is 'What happens when a key is repeated with a different body; see docs/guide/webhooks.md';
comment on column meshhook.endpoints.handshakes is 'Whether to answer the verification requests of providers';
comment on column meshhook.endpoints.sealed_verify_token is 'Required value of hub.verify_token, encrypted by the server; never in plain text';

-- The row stays, because versions refer to it, and runs to versions. Renaming it frees its slug.
alter table meshhook.workflows add column deleted_at timestamptz;
comment on column meshhook.workflows.deleted_at is 'Hidden since this time; its versions are kept for the runs that refer to them';

-- The hash leaves out names, labels, positions and samples: a version that differs only in those is another document with the same hash.
alter table meshhook.versions drop constraint versions_hash_unique;
create unique index versions_document_unique on meshhook.versions (workflow_id, hash, md5(definition));

grant delete on meshhook.rejections to meshhook_tenant;
