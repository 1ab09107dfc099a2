-- On Supabase, people read what their projects have through PostgREST and follow it through Realtime, under row-level security.
-- Breaking: no. Locks: none without Supabase; with it, access exclusive on the tables below, for a moment.

insert into meshhook.migrations (name) values ('0026_open_to_supabase');

-- For the function below, which runs as the owner of the tables: row security is forced on the owner, too.
create policy owner_reads on meshhook.identities for select to current_user using (true);

-- A set for all rows of a statement rather than a question for each: policies compare with it by an index.
create function meshhook.own_project_ids() returns uuid[]
language plpgsql stable
security definer
set search_path = ''
as $$
declare
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  claimed jsonb := claims #> '{app_metadata,meshhook_projects}';
  person uuid;
begin
  select identities.user_id into person
  from meshhook.identities as identities
  where identities.issuer = 'supabase' and identities.subject = auth.uid()::text;
  return array(
    select projects.id
    from meshhook.projects as projects
    where meshhook.role_in_project(person, projects.id) is not null
      or (jsonb_typeof(claimed) = 'array' and claimed ? projects.id::text)
  );
end
$$;
comment on function meshhook.own_project_ids() is
  'The projects of who asks on Supabase: those where the user has a role, and those that app_metadata.meshhook_projects of the token lists';
revoke execute on function meshhook.own_project_ids() from public;

-- Does nothing where there is no Supabase, or where it was done. Migrations call it again when there is more to open.
create procedure meshhook.open_to_supabase()
language plpgsql
set search_path = ''
as $$
declare
  own constant text := 'any ((select meshhook.own_project_ids())::uuid[])';
  opened record;
begin
  if to_regprocedure('auth.uid()') is null or to_regrole('authenticated') is null then
    return;
  end if;
  for opened in
    -- No secrets, no addresses of senders, no tokens with which anybody can deliver, and no payloads: MeshHook masks those, row-level
    -- security cannot.
    select * from (values
      ('projects', 'id', 'id, slug, name, created_at'),
      ('workflows', 'project_id',
        'id, project_id, slug, name, definition, revision, active_version_id, created_at, updated_at, deleted_at, paused_at'),
      ('versions', 'project_id', 'id, project_id, workflow_id, number, hash, definition, created_at'),
      ('endpoints', 'project_id', 'id, project_id, workflow_id, name, signature, answer, created_at, paused_at'),
      ('journal', 'project_id', 'shard, run_id, seq, at, project_id, workflow_id, version_id, status'),
      ('rejections', 'project_id', 'id, project_id, endpoint_id, at, code, status, method, body_bytes, run_id, is_test'),
      ('jobs', 'project_id', 'id, project_id, created_at, state, progress, message, finished_at')
    ) as listed (name, project, columns)
  loop
    if exists (
      select from pg_catalog.pg_policies as policies
      where policies.schemaname = 'meshhook' and policies.tablename = opened.name and policies.policyname = 'people_read_own'
    ) then
      continue;
    end if;
    execute format(
      'create policy people_read_own on meshhook.%I for select to authenticated using (%I = %s)', opened.name, opened.project, own);
    execute format('grant select (%s) on meshhook.%I to authenticated', opened.columns, opened.name);
  end loop;
  grant usage on schema meshhook to authenticated;
  grant select on meshhook.runs to authenticated;
  grant execute on function meshhook.own_project_ids(), meshhook.run_id_floor(timestamptz) to authenticated;
  if to_regclass('realtime.messages') is not null and to_regprocedure('realtime.topic()') is not null and not exists (
    select from pg_catalog.pg_policies as policies
    where policies.schemaname = 'realtime' and policies.tablename = 'messages' and policies.policyname = 'meshhook_people_follow_own'
  ) then
    begin
      execute
        'create policy meshhook_people_follow_own on realtime.messages for select to authenticated using (
           extension = ''broadcast''
           and (select realtime.topic()) = any (select ''meshhook:'' || id from unnest((select meshhook.own_project_ids())) as own (id)))';
    exception
      when insufficient_privilege then
        raise warning 'nobody may follow runs through Realtime: % may not make a policy on realtime.messages', current_user
          using hint = 'Call meshhook.open_to_supabase() as a role that may.';
    end;
  end if;
end
$$;
comment on procedure meshhook.open_to_supabase() is
  'Lets people whom Supabase knows (role authenticated) read runs, workflows, versions, endpoints, rejections and jobs of their projects';
revoke execute on procedure meshhook.open_to_supabase() from public;

call meshhook.open_to_supabase();
