-- Projects may have rules for what is redacted before it is stored, and a key for pseudonyms. Runs that have ended can be erased.
-- Breaking: processes of earlier releases that run beside this schema store deliveries unredacted, and remove no old runs, which they say
-- in their logs.
-- Locks: access exclusive on projects and on the journal, for a moment.

insert into meshhook.migrations (name) values ('0027_redact_and_erase');

alter table meshhook.projects
  add column redaction text,
  add column sealed_pseudonym_key text;
comment on column meshhook.projects.redaction is 'Rules for what of deliveries and answers is not stored, as JSON; null: none';
comment on column meshhook.projects.sealed_pseudonym_key is
  'The key with which pseudonyms and digests are made, encrypted by the server; null: none was needed yet';

grant update (redaction, sealed_pseudonym_key) on meshhook.projects to meshhook_tenant;
-- To make it for the first rule of an endpoint, and to wrap it under another key.
grant update (sealed_pseudonym_key) on meshhook.projects to meshhook_engine;

-- An erased run is invisible to its project from now on. Its rows go when its day is written again without them.
create table meshhook.erasures (
  run_id uuid not null,
  project_id uuid not null,
  at timestamptz not null,
  constraint erasures_pkey primary key (run_id)
);
comment on table meshhook.erasures is 'Runs that were erased and whose rows are still in the journal; a row goes with them';
comment on column meshhook.erasures.at is 'When the run was erased';

call meshhook.secure_rows('meshhook.erasures', 'project_id = (select meshhook.current_project_id())');
grant select, delete on meshhook.erasures to meshhook_engine;
grant select, insert on meshhook.erasures to meshhook_tenant;
create policy people_insert on meshhook.erasures as restrictive for insert with check (meshhook.may('editor'));

create policy tenant_sees_no_erased on meshhook.journal as restrictive for select to meshhook_tenant
  using (not exists (
    select from meshhook.erasures as erasures
    where erasures.project_id = (select meshhook.current_project_id()) and erasures.run_id = journal.run_id));

drop function meshhook.copy_kept(date, int, uuid[], boolean, uuid[]);

create function meshhook.copy_kept(day date, of_shard int, projects uuid[], is_except boolean, carried uuid[], erased uuid[])
returns bigint
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
       and found.run_id <> all ($7)
     on conflict do nothing',
    meshhook.rewriting_of(day))
  using
    meshhook.run_id_floor(day::timestamp at time zone 'UTC'),
    meshhook.run_id_floor((day + 1)::timestamp at time zone 'UTC'),
    of_shard, projects, is_except, carried, erased;
  get diagnostics copied = row_count;
  return copied;
end
$$;
comment on function meshhook.copy_kept(date, int, uuid[], boolean, uuid[], uuid[]) is
  'Copies what stays of a day and a shard: runs that are carried, and those whose project is listed (is_except) or not listed, without erased ones';
revoke execute on function meshhook.copy_kept(date, int, uuid[], boolean, uuid[], uuid[]) from public;
grant execute on function meshhook.copy_kept(date, int, uuid[], boolean, uuid[], uuid[]) to meshhook_engine;
