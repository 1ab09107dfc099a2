-- Schema, record of migrations, roles and the functions that later migrations use.
-- Breaking: no. Locks: nothing that existed before.

create schema if not exists meshhook;

create table if not exists meshhook.migrations (
  name text not null,
  applied_at timestamptz not null default now(),
  constraint migrations_pkey primary key (name)
);

insert into meshhook.migrations (name) values ('0001_create_schema');

comment on schema meshhook is 'MeshHook: the journal of runs and the catalog of what people configure';
comment on table meshhook.migrations is 'One row per applied migration file, written in the transaction of that file';

-- Roles belong to the whole cluster: another database may be creating them at this very moment.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['meshhook_engine', 'meshhook_tenant'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin noinherit', wanted);
      exception
        when duplicate_object or unique_violation then null;
      end;
    end if;
    -- Since PostgreSQL 16 the creator of a role administers it without being able to become it.
    if not pg_catalog.pg_has_role(
      current_user, wanted,
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end
    ) then
      begin
        execute format('grant %I to current_user', wanted);
      exception
        when insufficient_privilege then
          raise exception 'role % exists and % may not become it', wanted, current_user
            using hint = format('Ask a superuser for: grant meshhook_engine, meshhook_tenant to %I', current_user);
      end;
    end if;
  end loop;
end
$$;

grant usage on schema meshhook to meshhook_engine, meshhook_tenant;

-- The project whose rows the current transaction may see; null (sees nothing) when none was set.
create function meshhook.current_project_id() returns uuid
language sql stable parallel safe
as $$ select nullif(current_setting('meshhook.project_id', true), '')::uuid $$;

comment on function meshhook.current_project_id() is
  'Set per transaction with set_config(''meshhook.project_id'', …, true)';

-- Enables and forces row-level security: the engine sees all rows, a tenant those of its project (or none, without a condition).
create procedure meshhook.secure_rows(secured regclass, tenant_condition text)
language plpgsql
set search_path = ''
as $$
begin
  execute format('alter table %s enable row level security', secured);
  execute format('alter table %s force row level security', secured);
  execute format(
    'create policy engine_works_on_all on %s for all to meshhook_engine using (true) with check (true)', secured);
  if tenant_condition is not null then
    execute format(
      'create policy tenant_works_on_own on %1$s for all to meshhook_tenant using (%2$s) with check (%2$s)',
      secured, tenant_condition);
  end if;
end
$$;

revoke execute on procedure meshhook.secure_rows(regclass, text) from public;

call meshhook.secure_rows('meshhook.migrations', null);
grant select on meshhook.migrations to meshhook_engine;
