-- The database itself asks whether a person may change something, besides the server.
-- Breaking: no. Locks: access exclusive on projects, api_keys, workflows, versions, endpoints, secrets and members, for a moment.

insert into meshhook.migrations (name) values ('0024_ask_for_roles');

create function meshhook.may(wanted text) returns boolean
language sql stable
security definer
set search_path = ''
as $$
  select coalesce(current_setting('meshhook.user_id', true), '') = ''
    or exists (
      select from meshhook.users as users
      where users.id = nullif(current_setting('meshhook.user_id', true), '')::uuid
        and users.is_admin and users.disabled_at is null)
    or coalesce(
      meshhook.role_in_project(
        nullif(current_setting('meshhook.user_id', true), '')::uuid, meshhook.current_project_id())
      = any (case wanted when 'owner' then array['owner'] else array['owner', 'editor'] end), false)
$$;
comment on function meshhook.may(text) is
  'Whether the person of the transaction (set_config(''meshhook.user_id'', …, true)) has this role in its project, or a higher one; true where no person acts';
revoke execute on function meshhook.may(text) from public;
grant execute on function meshhook.may(text) to meshhook_engine, meshhook_tenant;

-- Restrictive: they take from what other policies give. Reading is not restricted, as every role may read.
do $$
declare
  rule record;
begin
  for rule in
    select * from (values
      ('workflows', 'editor'), ('versions', 'editor'), ('endpoints', 'editor'), ('secrets', 'editor'),
      ('api_keys', 'owner'), ('members', 'owner')
    ) as rules (secured, wanted)
  loop
    execute format('create policy people_insert on meshhook.%I as restrictive for insert with check (meshhook.may(%L))',
      rule.secured, rule.wanted);
    execute format('create policy people_update on meshhook.%I as restrictive for update using (meshhook.may(%L))',
      rule.secured, rule.wanted);
    execute format('create policy people_delete on meshhook.%I as restrictive for delete using (meshhook.may(%L))',
      rule.secured, rule.wanted);
  end loop;
end
$$;
-- An editor locks the project's row to store a secret, but does not change it.
create policy people_update on meshhook.projects as restrictive for update
  using (meshhook.may('editor')) with check (meshhook.may('owner'));
