-- What removes old runs: whole days of the journal, and the rows of other tables that belong to them. The engine's role keeps having no
-- right to delete from the hot tables; it may call these functions, which refuse what is younger than a day.
-- Breaking: no. Locks: share row exclusive on deduplications, timers and signals, for a moment.

insert into meshhook.migrations (name) values ('0015_retain');

-- Row-level security holds for the owner, too. Only the function below runs with its rights.
create policy owner_forgets on meshhook.deduplications for all to current_user using (true) with check (false);
create policy owner_forgets on meshhook.timers for all to current_user using (true) with check (false);
create policy owner_forgets on meshhook.signals for all to current_user using (true) with check (false);

do $$
begin
  if to_regclass('meshhook.reruns') is not null then
    create policy owner_forgets on meshhook.reruns for all to current_user using (true) with check (false);
  end if;
end
$$;

-- Takes access exclusive on the journal and its default partition, for a moment. Whoever waits for a lock keeps all later appends
-- waiting, so it gives up after a tenth of a second; the caller tries again.
create function meshhook.drop_partition(day date) returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '100ms'
as $$
begin
  if day >= (now() at time zone 'UTC')::date - 1 then
    raise exception 'drop_partition: % is not over for a day', day;
  end if;
  execute format('drop table meshhook.%I', 'journal_' || to_char(day, 'YYYYMMDD'));
end
$$;

comment on function meshhook.drop_partition(date) is
  'Removes the journal''s partition of a day. The caller has made sure that no run of that day is unfinished';
revoke execute on function meshhook.drop_partition(date) from public;
grant execute on function meshhook.drop_partition(date) to meshhook_engine;

-- Reads a few pages of the table, so that no transaction is long and no index is needed.
create function meshhook.forget_rows(
  kind text, first_page bigint, pages int, before uuid, kept_from uuid[], kept_until uuid[]
) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  forgotten bigint;
begin
  if kind not in ('deduplications', 'timers', 'signals', 'reruns') then
    raise exception 'forget_rows: % is not a table whose rows belong to runs', kind;
  end if;
  if before > meshhook.run_id_floor(now() - interval '1 day') then
    raise exception 'forget_rows: runs from % on are younger than a day', before;
  end if;
  execute format(
    'delete from meshhook.%I as found
     where found.ctid >= format(''(%%s,0)'', $1)::tid
       and found.ctid < format(''(%%s,0)'', $1 + $2)::tid
       and found.run_id < $3
       and not exists (
         select from unnest($4, $5) as kept (low, high) where found.run_id >= kept.low and found.run_id < kept.high
       )',
    kind)
  using first_page, pages, before, kept_from, kept_until;
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

comment on function meshhook.forget_rows(text, bigint, int, uuid, uuid[], uuid[]) is
  'Removes rows of runs before a run id from some pages of a table, except those of runs in the ranges that are kept';
revoke execute on function meshhook.forget_rows(text, bigint, int, uuid, uuid[], uuid[]) from public;
grant execute on function meshhook.forget_rows(text, bigint, int, uuid, uuid[], uuid[]) to meshhook_engine;

-- Refusals are not hot, and are deleted by number already.
grant select, delete on meshhook.rejections to meshhook_engine;

-- To see whether it is empty, as it should be.
grant select on meshhook.journal_default to meshhook_engine;
