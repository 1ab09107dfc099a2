-- Secrets of projects, and the record of who changed what.
-- Breaking: processes of earlier releases that run beside this schema cannot read signing secrets that a newer process stored or wrapped
-- anew; they answer 503 at these endpoints. Everything else of theirs goes on.
-- Locks: share row exclusive on projects for a foreign key, for a moment.

insert into meshhook.migrations (name) values ('0022_keep_secrets');

create table meshhook.secrets (
  id uuid not null,
  project_id uuid not null,
  name text not null,
  version int not null,
  sealed text,
  created_at timestamptz not null,
  used_at timestamptz,
  constraint secrets_pkey primary key (id),
  constraint secrets_version_unique unique (project_id, name, version),
  constraint secrets_name_valid check (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,63}$'),
  constraint secrets_project_exists foreign key (project_id) references meshhook.projects (id)
);
comment on table meshhook.secrets is 'Secrets that calls may use, a row for each version; the highest counts';
comment on column meshhook.secrets.sealed is 'The value, encrypted by the server; null: there is a newer version';
comment on column meshhook.secrets.used_at is 'When a call used the secret last while this was its newest version, to the minute';

call meshhook.secure_rows('meshhook.secrets', 'project_id = (select meshhook.current_project_id())');
grant select, update (sealed, used_at) on meshhook.secrets to meshhook_engine;
grant select, insert, update (sealed), delete on meshhook.secrets to meshhook_tenant;

-- To wrap what endpoints keep sealed under another key.
grant update (sealed_secret, sealed_verify_token, former_keys) on meshhook.endpoints to meshhook_engine;

create table meshhook.audit (
  id uuid not null,
  project_id uuid not null,
  at timestamptz not null,
  action text not null,
  actor_kind text not null,
  actor_id text,
  actor_name text not null,
  resource_kind text not null,
  resource_id text,
  resource_name text,
  detail text not null,
  address text,
  request_id text,
  constraint audit_pkey primary key (id),
  constraint audit_actor_valid check (actor_kind in ('key', 'session', 'process'))
);
create index audit_by_project on meshhook.audit (project_id, id);
comment on table meshhook.audit is 'Who changed what, and which secrets runs used; rows are only added until retention removes old ones';
comment on column meshhook.audit.id is 'Ascends with the time';
comment on column meshhook.audit.detail is 'What changed, as JSON, without secrets';

call meshhook.secure_rows('meshhook.audit', 'project_id = (select meshhook.current_project_id())');
create policy owner_forgets on meshhook.audit for all to current_user using (true) with check (false);
grant select, insert on meshhook.audit to meshhook_engine;
grant select on meshhook.audit to meshhook_tenant;

-- Holds for every role, the owner's included.
create function meshhook.keep_audit() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' then
    if old.at < now() - interval '30 days' then
      return old;
    end if;
  end if;
  raise exception 'the audit log is only added to: % is refused', lower(tg_op)
    using errcode = 'insufficient_privilege', hint = 'Retention removes entries that are older than 30 days.';
end
$$;
comment on function meshhook.keep_audit() is 'Refuses changes of the audit log, but for the removal of what is older than 30 days';
create trigger audit_is_kept before update or delete on meshhook.audit
  for each row execute function meshhook.keep_audit();
create trigger audit_is_not_emptied before truncate on meshhook.audit
  for each statement execute function meshhook.keep_audit();

create function meshhook.forget_audit(before timestamptz, rows int) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  forgotten bigint;
begin
  delete from meshhook.audit as audit
  where audit.id in (
    select old.id from meshhook.audit as old where old.id < meshhook.run_id_floor(before) order by old.id limit rows
  );
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;
comment on function meshhook.forget_audit(timestamptz, int) is 'Removes so many of the oldest entries of the audit log from before a time';
revoke execute on function meshhook.forget_audit(timestamptz, int) from public;
grant execute on function meshhook.forget_audit(timestamptz, int) to meshhook_engine;
