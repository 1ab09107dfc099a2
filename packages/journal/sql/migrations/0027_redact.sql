-- Projects may have rules for what is redacted before it is stored, and a key for pseudonyms.
-- Breaking: processes of earlier releases that run beside this schema store deliveries unredacted.
-- Locks: access exclusive on projects, for a moment.

insert into meshhook.migrations (name) values ('0027_redact');

alter table meshhook.projects
  add column redaction text,
  add column sealed_pseudonym_key text;
comment on column meshhook.projects.redaction is 'Rules for what of deliveries and answers is not stored, as JSON; null: none';
comment on column meshhook.projects.sealed_pseudonym_key is
  'The key with which pseudonyms and digests are made, encrypted by the server; null: none was needed yet';

grant update (redaction, sealed_pseudonym_key) on meshhook.projects to meshhook_tenant;
-- To wrap it under another key.
grant update (sealed_pseudonym_key) on meshhook.projects to meshhook_engine;
