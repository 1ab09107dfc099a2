-- A day of the journal of which only some runs go is written again without them, beside the old partition, and takes its place.
-- Breaking: no. Processes of earlier releases that run beside this schema remove no old runs, and say so in their logs.
-- Locks: access exclusive on the journal, for a moment.

insert into meshhook.migrations (name) values ('0018_rewrite_days');

-- Row-level security holds for the owner, too, and the functions below run with its rights.
create policy owner_reads on meshhook.journal for select to current_user using (true);

-- It knew nothing of projects, nor of what is appended meanwhile.
drop function meshhook.drop_partition(date);

create function meshhook.shard_of(run_id uuid) returns int
language sql immutable parallel safe
as $$ select (('x' || substr(run_id::text, 20, 4))::bit(16)::int >> 4) & 1023 $$;
comment on function meshhook.shard_of(uuid) is 'The shard of a run: ten bits of its id';

create function meshhook.partition_of(day date) returns text
language sql stable
set search_path = ''
as $$
  select tables.relname::text
  from pg_catalog.pg_inherits as parts
  join pg_catalog.pg_class as tables on tables.oid = parts.inhrelid
  where parts.inhparent = 'meshhook.journal'::regclass
    and tables.relname ~ ('^journal_' || to_char(day, 'YYYYMMDD') || '(_[0-9]+)?$')
$$;
comment on function meshhook.partition_of(date) is 'The journal''s partition of a day: its name ends with a number once it was written again';

create function meshhook.rewriting_of(day date) returns text
language sql stable
set search_path = ''
as $$
  select format('journal_%s_%s', to_char(day, 'YYYYMMDD'), coalesce(substring(name from '_([0-9]+)$')::int, 1) + 1)
  from (select nullif(meshhook.partition_of(day), 'journal_' || to_char(day, 'YYYYMMDD'))) as found (name)
$$;
comment on function meshhook.rewriting_of(date) is 'The name of the table with which a day''s partition is replaced';

create function meshhook.abandon_rewrite(day date) returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '100ms'
as $$
begin
  execute format('drop trigger if exists carry_over on meshhook.%I', meshhook.partition_of(day));
  execute format('drop table if exists meshhook.%I', meshhook.rewriting_of(day));
end
$$;
comment on function meshhook.abandon_rewrite(date) is 'Leaves a day''s partition as it is';

create function meshhook.carry_over() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  execute format('insert into meshhook.%I select ($1).* on conflict do nothing', tg_argv[0]) using new;
  return null;
end
$$;
comment on function meshhook.carry_over() is 'Writes what is appended to a partition that is being replaced into its successor as well';

-- Making the trigger waits for appends in flight, so that whatever is appended afterwards is in both tables.
create function meshhook.begin_rewrite(day date) returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '100ms'
as $$
declare
  old text := meshhook.partition_of(day);
  fresh text := meshhook.rewriting_of(day);
begin
  if day >= (now() at time zone 'UTC')::date - 1 then
    raise exception 'begin_rewrite: % is not over for a day', day;
  end if;
  if old is null then
    raise exception 'begin_rewrite: the journal has no partition of %', day;
  end if;
  perform meshhook.abandon_rewrite(day);
  execute format(
    'create table meshhook.%I (
       like meshhook.journal including defaults including constraints including storage including indexes,
       constraint is_of_day check (run_id >= %L and run_id < %L)
     ) with (autovacuum_vacuum_insert_threshold = -1)',
    fresh,
    meshhook.run_id_floor(day::timestamp at time zone 'UTC'),
    meshhook.run_id_floor((day + 1)::timestamp at time zone 'UTC'));
  execute format(
    'create trigger carry_over after insert on meshhook.%I for each row execute function meshhook.carry_over(%L)', old, fresh);
end
$$;
comment on function meshhook.begin_rewrite(date) is 'Makes the table that is to replace a day''s partition; appends to the day go to both from now on';

create function meshhook.carried_runs(day date, most int) returns setof uuid
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- One statement, and so one moment: a run that ended since the trigger was made is in the new table.
  return query execute format(
    'select firsts.run_id
     from meshhook.journal as firsts
     where firsts.run_id >= $1 and firsts.run_id < $2 and firsts.seq = 0 and firsts.status is null
       and not exists (
         select from meshhook.journal as finals
         where finals.shard = firsts.shard and finals.run_id = firsts.run_id and finals.status is not null
           and finals.run_id >= $1 and finals.run_id < $2
       )
     union
     select found.run_id from meshhook.%I as found
     limit $3',
    meshhook.rewriting_of(day))
  using
    meshhook.run_id_floor(day::timestamp at time zone 'UTC'),
    meshhook.run_id_floor((day + 1)::timestamp at time zone 'UTC'),
    most;
end
$$;
comment on function meshhook.carried_runs(date, int) is 'The runs of a day that is being written again that have not ended, or that ended since that began';

create function meshhook.copy_kept(day date, of_shard int, projects uuid[], is_except boolean, carried uuid[]) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  copied bigint;
begin
  -- From the journal, not from the partition, which shows its owner nothing.
  execute format(
    'insert into meshhook.%I
     select found.* from meshhook.journal as found
     where found.run_id >= $1 and found.run_id < $2
       and found.shard = $3 and ((found.project_id = any ($4)) = $5 or found.run_id = any ($6))
     on conflict do nothing',
    meshhook.rewriting_of(day))
  using
    meshhook.run_id_floor(day::timestamp at time zone 'UTC'),
    meshhook.run_id_floor((day + 1)::timestamp at time zone 'UTC'),
    of_shard, projects, is_except, carried;
  get diagnostics copied = row_count;
  return copied;
end
$$;
comment on function meshhook.copy_kept(date, int, uuid[], boolean, uuid[]) is
  'Copies what stays of a day and a shard: runs that are carried, and those whose project is listed (is_except) or not listed';

create function meshhook.count_rewritten(day date) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  found bigint;
begin
  execute format('select count(*) from meshhook.%I', meshhook.rewriting_of(day)) into found;
  return found;
end
$$;
comment on function meshhook.count_rewritten(date) is 'How many segments the table has that is to replace a day''s partition';

-- Takes access exclusive on the journal and its default partition, for a moment: everything is prepared.
create function meshhook.finish_rewrite(day date) returns boolean
language plpgsql
security definer
set search_path = ''
set lock_timeout = '100ms'
as $$
declare
  old text := meshhook.partition_of(day);
  fresh text := meshhook.rewriting_of(day);
  has_rows boolean;
begin
  lock table only meshhook.journal in access exclusive mode;
  execute format('select exists (select from meshhook.%I)', fresh) into has_rows;
  execute format('drop table meshhook.%I', old);
  if not has_rows then
    execute format('drop table meshhook.%I', fresh);
    return false;
  end if;
  execute format('comment on table meshhook.%I is %L', fresh, 'Segments of runs that started on ' || day || ' (UTC) and were kept');
  call meshhook.secure_rows(format('meshhook.%I', fresh)::regclass, 'project_id = (select meshhook.current_project_id())');
  -- The constraint says what the bounds say, so that no row is read.
  execute format(
    'alter table meshhook.journal attach partition meshhook.%I for values from (%L) to (%L)',
    fresh,
    meshhook.run_id_floor(day::timestamp at time zone 'UTC'),
    meshhook.run_id_floor((day + 1)::timestamp at time zone 'UTC'));
  execute format('alter table meshhook.%I drop constraint is_of_day', fresh);
  return true;
end
$$;
comment on function meshhook.finish_rewrite(date) is
  'Replaces a day''s partition by what was copied of it, or by nothing if nothing was; false: nothing was';

-- Reads a few pages of the table, so that no transaction is long and no index is needed.
create function meshhook.forget_rows_of_gone(kind text, first_page bigint, pages int, since uuid[], until uuid[]) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  forgotten bigint;
begin
  if kind not in ('deduplications', 'timers', 'signals', 'reruns') then
    raise exception 'forget_rows_of_gone: % is not a table whose rows belong to runs', kind;
  end if;
  if exists (select from unnest(until) as bounds (bound) where bound > meshhook.run_id_floor(now() - interval '1 day')) then
    raise exception 'forget_rows_of_gone: runs before % are younger than a day', until;
  end if;
  execute format(
    'delete from meshhook.%I as found
     where found.ctid >= format(''(%%s,0)'', $1)::tid
       and found.ctid < format(''(%%s,0)'', $1 + $2)::tid
       and exists (select from unnest($3, $4) as days (low, high) where found.run_id >= days.low and found.run_id < days.high)
       and not exists (
         select from meshhook.journal as segments
         where segments.shard = meshhook.shard_of(found.run_id) and segments.run_id = found.run_id and segments.seq = 0
       )',
    kind)
  using first_page, pages, since, until;
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;
comment on function meshhook.forget_rows_of_gone(text, bigint, int, uuid[], uuid[]) is
  'Removes rows of runs in these ranges that the journal no longer has from some pages of a table';

do $$
declare
  called text;
begin
  foreach called in array array[
    'partition_of(date)', 'rewriting_of(date)', 'abandon_rewrite(date)', 'carry_over()', 'begin_rewrite(date)', 'carried_runs(date, int)',
    'copy_kept(date, int, uuid[], boolean, uuid[])', 'count_rewritten(date)', 'finish_rewrite(date)', 'forget_rows_of_gone(text, bigint, int, uuid[], uuid[])'
  ] loop
    execute format('revoke execute on function meshhook.%s from public', called);
    if called <> 'carry_over()' then
      execute format('grant execute on function meshhook.%s to meshhook_engine', called);
    end if;
  end loop;
end
$$;
