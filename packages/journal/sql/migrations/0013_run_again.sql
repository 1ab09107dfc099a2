-- Runs that were asked for again: which replays and resumed runs came of a run, and jobs on many runs.
-- Breaking: no. Locks: nothing that existed before.

insert into meshhook.migrations (name) values ('0013_run_again');

create table meshhook.reruns (
  shard int not null,
  run_id uuid not null,
  key text not null,
  kind text not null,
  project_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  constraint reruns_pkey primary key (shard, run_id, key),
  constraint reruns_kind_valid check (kind in ('replay', 'resume'))
);

comment on table meshhook.reruns is
  'Requests to run a run again. A row is written before the new run, which is found by its idempotency key; without such a run the request came to nothing';
comment on column meshhook.reruns.run_id is 'The run that is to run again';
comment on column meshhook.reruns.key is 'The idempotency key of the new run in deduplications, where endpoint_id is this run_id';

call meshhook.secure_rows('meshhook.reruns', 'project_id = (select meshhook.current_project_id())');
grant select, insert on meshhook.reruns to meshhook_engine;
grant select on meshhook.reruns to meshhook_tenant;

create table meshhook.jobs (
  id uuid not null,
  project_id uuid not null,
  spec text not null,
  created_at timestamptz not null default clock_timestamp(),
  state text not null default 'running',
  progress text not null,
  message text,
  finished_at timestamptz,
  worker text,
  held_until timestamptz not null default timestamptz 'epoch',
  constraint jobs_pkey primary key (id),
  constraint jobs_state_valid check (state in ('running', 'stopping', 'stopped', 'done'))
);
create index jobs_by_project on meshhook.jobs (project_id, created_at);
create index jobs_open on meshhook.jobs (created_at) where state in ('running', 'stopping');

comment on table meshhook.jobs is 'Work on many runs, such as replaying them. One process at a time works on a job, and any other may continue it';
comment on column meshhook.jobs.spec is 'JSON: what the job does, to which runs, how fast, and who asked';
comment on column meshhook.jobs.progress is 'JSON: how far the job is and what it has counted';
comment on column meshhook.jobs.message is 'Why the job does not get on, for people; null while it does';
comment on column meshhook.jobs.worker is 'The process that works on the job, or did last';
comment on column meshhook.jobs.held_until is 'After this time another process may continue the job';

call meshhook.secure_rows('meshhook.jobs', 'project_id = (select meshhook.current_project_id())');
grant select, insert, update on meshhook.jobs to meshhook_engine;
grant select on meshhook.jobs to meshhook_tenant;
