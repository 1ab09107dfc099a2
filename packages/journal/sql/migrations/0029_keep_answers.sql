-- Answers to requests that name themselves with Idempotency-Key, so that a request that is sent again has no second effect.
-- Breaking: no. Locks: share row exclusive on projects for a foreign key, for a moment.

insert into meshhook.migrations (name) values ('0029_keep_answers');

create table meshhook.kept_answers (
  project_id uuid not null,
  key_digest text not null,
  request_digest text not null,
  claim uuid not null,
  claimed_at timestamptz not null,
  answer text,
  constraint kept_answers_pkey primary key (project_id, key_digest),
  constraint kept_answers_project_exists foreign key (project_id) references meshhook.projects (id)
);
create index kept_answers_by_time on meshhook.kept_answers (claimed_at);
comment on table meshhook.kept_answers is 'Requests with an idempotency key, for a day';
comment on column meshhook.kept_answers.key_digest is 'Of the key, the route and the caller';
comment on column meshhook.kept_answers.claim is 'Who carries the request out: only that attempt may store the answer';
comment on column meshhook.kept_answers.answer is 'Encrypted by the server; null: not yet, or the attempt ended without a word';

call meshhook.secure_rows('meshhook.kept_answers', 'project_id = (select meshhook.current_project_id())');
grant select, insert, update, delete on meshhook.kept_answers to meshhook_engine, meshhook_tenant;
