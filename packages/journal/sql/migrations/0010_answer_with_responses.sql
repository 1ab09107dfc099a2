-- Endpoints that answer with what the workflow says, and keys that are told apart by the header they came in.
-- Breaking: no. Processes of earlier releases that run beside this schema know neither: they answer with the result instead of the response,
-- and on endpoints made meanwhile with a header of their own, a retry that reaches one of them may become a second run.
-- Locks: access exclusive on endpoints and deduplications, for a moment; no row of deduplications is read.

insert into meshhook.migrations (name) values ('0010_answer_with_responses');

alter table meshhook.endpoints
  drop constraint endpoints_answer_valid,
  add constraint endpoints_answer_valid check (answer in ('accepted', 'result', 'response')),
  -- Endpoints that exist keep the keys they have stored, so that a retry after the upgrade is still known. So do those that a process of
  -- an earlier release makes.
  add column keys_by_header boolean not null default false;
comment on column meshhook.endpoints.keys_by_header is 'Whether a key of dedupe_header is stored with the name of the header; see docs/decisions/0022';

-- A key of 255 behind a header's name of 64 and a tab. Not validated: the stored rows keep to the narrower rule that this one replaces.
alter table meshhook.deduplications
  drop constraint deduplications_key_length,
  add constraint deduplications_key_length check (char_length(key) between 1 and 320) not valid;
comment on column meshhook.deduplications.key is
  'The idempotency key; one of an endpoint''s own header stands behind the header''s name and a tab';
