-- The hot tables: rows are inserted and read, never updated or deleted. No foreign key, trigger, sequence or generated column.
-- Breaking: no. Locks: nothing that existed before.

insert into meshhook.migrations (name) values ('0002_create_journal');

create table meshhook.journal (
  shard int not null,
  run_id uuid not null,
  seq int not null,
  at timestamptz not null,
  project_id uuid not null,
  workflow_id uuid not null,
  version_id uuid not null,
  status text,
  facts text not null,
  constraint journal_pkey primary key (shard, run_id, seq),
  constraint journal_seq_not_negative check (seq >= 0),
  constraint journal_status_terminal check (status in ('succeeded', 'failed', 'canceled'))
) partition by range (run_id);

-- text, not jsonb: bytes stay as they came, and no CPU goes into parsing or compressing them.
alter table meshhook.journal alter column facts set storage external;

create index journal_runs_by_project on meshhook.journal (project_id, run_id) where seq = 0;
create index journal_failures_by_project on meshhook.journal (project_id, run_id) where status = 'failed';

comment on table meshhook.journal is
  'One row is one segment: the facts of one run that became durable together. Read it through the views runs and facts';
comment on column meshhook.journal.shard is 'Follows from run_id: ten bits of its random part';
comment on column meshhook.journal.seq is 'Position of the segment in its run: from 0, without gaps';
comment on column meshhook.journal.status is 'Set on the segment that ends the run, otherwise null';
comment on column meshhook.journal.facts is 'JSON array of facts';

call meshhook.secure_rows('meshhook.journal', 'project_id = (select meshhook.current_project_id())');
grant select, insert on meshhook.journal to meshhook_engine;
grant select on meshhook.journal to meshhook_tenant;

-- A delivery whose day has no partition is stored here rather than refused.
create table meshhook.journal_default partition of meshhook.journal default;
comment on table meshhook.journal_default is 'Segments of runs whose day has no partition of its own';
call meshhook.secure_rows('meshhook.journal_default', 'project_id = (select meshhook.current_project_id())');

create function meshhook.run_id_floor(at timestamptz) returns uuid
language sql immutable parallel safe
as $$ select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid $$;

comment on function meshhook.run_id_floor(timestamptz) is 'The smallest run id of a millisecond: a bound for ranges of run_id';

-- Partitions are made detached and then attached: that takes share update exclusive on the journal (appends go on) and, for a
-- moment, access exclusive on the default partition. Runs with its owner's rights, so that the engine's role can call it.
create function meshhook.ensure_partitions(first_day date, last_day date) returns int
language plpgsql
security definer
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  day date;
  partition_name text;
  created int := 0;
begin
  if last_day - first_day > 366 then
    raise exception 'ensure_partitions: % to % is more than 366 days; ask for less', first_day, last_day;
  end if;
  for day in select generate_series(first_day, last_day, interval '1 day')::date loop
    partition_name := 'journal_' || to_char(day, 'YYYYMMDD');
    if to_regclass('meshhook.' || partition_name) is not null then
      continue;
    end if;
    -- 77,69,83,72 are the letters MESH: processes that create partitions at the same time queue up instead of failing.
    perform pg_catalog.pg_advisory_xact_lock(1296388936, 2);
    -- A query on the catalog: name look-ups may be answered from a cache that the wait for the lock did not refresh.
    if exists (
      select from pg_catalog.pg_class as tables
      where tables.relnamespace = 'meshhook'::regnamespace and tables.relname = partition_name
    ) then
      continue;
    end if;
    begin
      execute format(
        'create table meshhook.%I (like meshhook.journal including defaults including constraints including storage)',
        partition_name);
      execute format(
        'comment on table meshhook.%I is %L', partition_name, 'Segments of runs that started on ' || day || ' (UTC)');
      call meshhook.secure_rows(
        format('meshhook.%I', partition_name)::regclass, 'project_id = (select meshhook.current_project_id())');
      execute format(
        'alter table meshhook.journal attach partition meshhook.%I for values from (%L) to (%L)',
        partition_name,
        meshhook.run_id_floor(day::timestamp at time zone 'UTC'),
        meshhook.run_id_floor((day + 1)::timestamp at time zone 'UTC'));
      created := created + 1;
    exception
      -- The default partition holds rows of that day already: they are safe there, and so are those that follow.
      when check_violation then null;
      -- Another process made it, on an engine where the advisory lock does not keep it waiting.
      when duplicate_table then null;
    end;
  end loop;
  return created;
end
$$;

comment on function meshhook.ensure_partitions(date, date) is
  'Creates the missing daily partitions of the journal, both days included; returns how many it created';
revoke execute on function meshhook.ensure_partitions(date, date) from public;
grant execute on function meshhook.ensure_partitions(date, date) to meshhook_engine;

create table meshhook.deduplications (
  shard int not null,
  endpoint_id uuid not null,
  key text not null,
  run_id uuid not null,
  body_hash text not null,
  at timestamptz not null,
  constraint deduplications_pkey primary key (shard, endpoint_id, key),
  constraint deduplications_key_length check (char_length(key) between 1 and 255)
);

comment on table meshhook.deduplications is
  'The first run of every idempotency key, written in the transaction that appends its delivery';
comment on column meshhook.deduplications.shard is 'Hash of endpoint and key, 0 to 1023; not the shard of the run';
comment on column meshhook.deduplications.body_hash is 'Hex sha256 of the raw body: tells a repeat from a reuse of the key';

call meshhook.secure_rows('meshhook.deduplications', null);
grant select, insert on meshhook.deduplications to meshhook_engine;

create table meshhook.timers (
  shard int not null,
  run_id uuid not null,
  due_at timestamptz not null,
  constraint timers_pkey primary key (shard, run_id, due_at)
);

create index timers_by_due_time on meshhook.timers (shard, due_at, run_id);

comment on table meshhook.timers is
  'Runs that left memory until due_at. A row is never removed: it counts while its run is unfinished';

call meshhook.secure_rows('meshhook.timers', null);
grant select, insert on meshhook.timers to meshhook_engine;

create table meshhook.signals (
  shard int not null,
  id uuid not null,
  run_id uuid not null,
  project_id uuid not null,
  kind text not null,
  reason text,
  constraint signals_pkey primary key (shard, id),
  constraint signals_kind_valid check (kind in ('cancel'))
);

comment on table meshhook.signals is 'What somebody asked the owner of a run to do; ids ascend in the order of commits';

call meshhook.secure_rows('meshhook.signals', 'project_id = (select meshhook.current_project_id())');
grant select, insert on meshhook.signals to meshhook_engine;
grant select on meshhook.signals to meshhook_tenant;
