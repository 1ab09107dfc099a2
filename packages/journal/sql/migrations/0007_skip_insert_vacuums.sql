-- The journal's partitions are not vacuumed for having been inserted into. Nothing in them ever dies, no query of ours reads an
-- index alone, and marking a page as visible to all writes the whole page to the log when its checkpoint is over: a quarter of the
-- log of a pure run (docs/decisions/0012). Vacuums against wraparound and the statistics of analyze stay.
-- Breaking: no. Locks: share update exclusive on the journal's partitions, for a moment: appends go on.

insert into meshhook.migrations (name) values ('0007_skip_insert_vacuums');

do $$
declare
  partition regclass;
begin
  for partition in
    select inhrelid::regclass from pg_catalog.pg_inherits where inhparent = 'meshhook.journal'::regclass
  loop
    execute format('alter table %s set (autovacuum_vacuum_insert_threshold = -1)', partition);
  end loop;
end
$$;

-- As before, with the parameter for new partitions.
create or replace function meshhook.ensure_partitions(first_day date, last_day date) returns int
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
        'create table meshhook.%I (like meshhook.journal including defaults including constraints including storage)
         with (autovacuum_vacuum_insert_threshold = -1)',
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
