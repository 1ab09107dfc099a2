-- People: organisations with their members and projects, users, and the sessions in which they are signed in; keys that expire.
-- Breaking: no. Projects that earlier releases make beside this schema belong to the organisation "default". Those releases take a key that
-- has expired for a good one.
-- Locks: access exclusive on projects, api_keys and audit, for a moment.

insert into meshhook.migrations (name) values ('0023_know_people');

create table meshhook.organisations (
  id uuid not null,
  slug text not null,
  name text not null,
  created_at timestamptz not null,
  constraint organisations_pkey primary key (id),
  constraint organisations_slug_unique unique (slug)
);
comment on table meshhook.organisations is 'Who projects belong to';

insert into meshhook.organisations (id, slug, name, created_at)
values ('00000000-0000-7000-8000-000000000001', 'default', 'Default', now());

alter table meshhook.projects
  add column organisation_id uuid not null default '00000000-0000-7000-8000-000000000001',
  add constraint projects_organisation_exists foreign key (organisation_id) references meshhook.organisations (id);
create index projects_by_organisation on meshhook.projects (organisation_id, slug);

create table meshhook.users (
  id uuid not null,
  email text not null,
  name text not null,
  password text,
  is_admin boolean not null,
  created_at timestamptz not null,
  disabled_at timestamptz,
  constraint users_pkey primary key (id),
  constraint users_email_unique unique (email),
  constraint users_email_valid check (email = lower(email) and length(email) between 3 and 254)
);
comment on table meshhook.users is 'People who use the console';
comment on column meshhook.users.password is 'Hashed with scrypt, as a text with its parameters; null: the person signs in elsewhere';
comment on column meshhook.users.is_admin is 'Administrator of the installation: everything in all projects';
comment on column meshhook.users.disabled_at is 'From then on the person cannot sign in; null: may sign in';

create table meshhook.identities (
  issuer text not null,
  subject text not null,
  user_id uuid not null,
  created_at timestamptz not null,
  constraint identities_pkey primary key (issuer, subject),
  constraint identities_user_unique unique (issuer, user_id),
  constraint identities_user_exists foreign key (user_id) references meshhook.users (id)
);
comment on table meshhook.identities is 'Users as identity providers know them';

create table meshhook.members (
  organisation_id uuid not null,
  project_id uuid,
  user_id uuid not null,
  role text not null,
  created_at timestamptz not null,
  constraint members_unique unique nulls not distinct (organisation_id, user_id, project_id),
  constraint members_role_valid check (role in ('owner', 'editor', 'viewer')),
  constraint members_organisation_exists foreign key (organisation_id) references meshhook.organisations (id),
  constraint members_project_exists foreign key (project_id) references meshhook.projects (id),
  constraint members_user_exists foreign key (user_id) references meshhook.users (id)
);
create index members_by_user on meshhook.members (user_id);
create index members_by_project on meshhook.members (project_id);
comment on table meshhook.members is 'The roles of users in organisations and projects; the highest that applies counts';
comment on column meshhook.members.project_id is 'Null: the role holds in all projects of the organisation';

create table meshhook.user_sessions (
  id uuid not null,
  user_id uuid not null,
  hash text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  address text,
  user_agent text,
  constraint user_sessions_pkey primary key (id),
  constraint user_sessions_hash_unique unique (hash),
  constraint user_sessions_user_exists foreign key (user_id) references meshhook.users (id)
);
create index user_sessions_by_user on meshhook.user_sessions (user_id, id);
comment on table meshhook.user_sessions is 'Where users are signed in; a session ends when its row goes';
comment on column meshhook.user_sessions.hash is 'Hex sha256 of what the cookie contains';

create table meshhook.sign_in_failures (
  kind text not null,
  bucket int not null,
  failures int not null,
  failed_at timestamptz not null,
  constraint sign_in_failures_pkey primary key (kind, bucket),
  constraint sign_in_failures_kind_valid check (kind in ('account', 'address', 'device'))
);
comment on table meshhook.sign_in_failures is 'Failed sign-ins in a row; they delay the next one';
comment on column meshhook.sign_in_failures.bucket is
  'A keyed hash of the account, address or device, modulo 65536: a flood of names cannot fill the table';

alter table meshhook.api_keys add column expires_at timestamptz, add column last_used_at timestamptz;
comment on column meshhook.api_keys.expires_at is 'From then on the key is refused; null: it does not expire';
comment on column meshhook.api_keys.last_used_at is 'When a request came with the key last, to the minute';

alter table meshhook.audit
  drop constraint audit_actor_valid,
  add constraint audit_actor_valid check (actor_kind in ('key', 'session', 'process', 'user')) not valid;

call meshhook.secure_rows(
  'meshhook.organisations',
  'id = (select projects.organisation_id from meshhook.projects as projects'
  ' where projects.id = (select meshhook.current_project_id()))');
call meshhook.secure_rows(
  'meshhook.members',
  'organisation_id = (select projects.organisation_id from meshhook.projects as projects'
  ' where projects.id = (select meshhook.current_project_id()))'
  ' and (project_id is null or project_id = (select meshhook.current_project_id()))');
call meshhook.secure_rows(
  'meshhook.users',
  '(select meshhook.current_project_id()) is not null'
  ' and exists (select from meshhook.members as members where members.user_id = users.id)');
call meshhook.secure_rows('meshhook.identities', null);
call meshhook.secure_rows('meshhook.user_sessions', null);
call meshhook.secure_rows('meshhook.sign_in_failures', null);

grant select, insert, update (name) on meshhook.organisations to meshhook_engine;
grant select, insert on meshhook.members to meshhook_engine;
grant select, insert, update (name, password, is_admin, disabled_at) on meshhook.users to meshhook_engine;
grant select, insert, delete on meshhook.identities to meshhook_engine;
grant select, insert, delete on meshhook.user_sessions to meshhook_engine;
grant select, insert, update, delete on meshhook.sign_in_failures to meshhook_engine;
grant update (last_used_at) on meshhook.api_keys to meshhook_engine;

grant select, update (name) on meshhook.organisations to meshhook_tenant;
grant select, insert, update (role), delete on meshhook.members to meshhook_tenant;
grant select (id, email, name, is_admin, created_at, disabled_at) on meshhook.users to meshhook_tenant;

-- For the function below, which runs as the owner of the tables: row security is forced on the owner, too.
create policy owner_reads on meshhook.members for select to current_user using (true);
create policy owner_reads on meshhook.projects for select to current_user using (true);
create policy owner_reads on meshhook.users for select to current_user using (true);

create function meshhook.role_in_project(of_user uuid, in_project uuid) returns text
language sql stable
security definer
set search_path = ''
as $$
  select members.role
  from meshhook.members as members
  join meshhook.users as users on users.id = members.user_id and users.disabled_at is null
  join meshhook.projects as projects on projects.organisation_id = members.organisation_id
  where members.user_id = of_user
    and projects.id = in_project
    and (members.project_id is null or members.project_id = in_project)
  order by case members.role when 'owner' then 1 when 'editor' then 2 else 3 end
  limit 1
$$;
comment on function meshhook.role_in_project(uuid, uuid) is
  'The highest role of a user that applies to a project; null: none, or the user is disabled';
revoke execute on function meshhook.role_in_project(uuid, uuid) from public;
grant execute on function meshhook.role_in_project(uuid, uuid) to meshhook_engine, meshhook_tenant;
