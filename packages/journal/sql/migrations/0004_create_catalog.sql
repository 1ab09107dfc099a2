-- What people configure. Small, read into memory by every process.
-- Breaking: no. Locks: nothing that existed before.

insert into meshhook.migrations (name) values ('0004_create_catalog');

create table meshhook.projects (
  id uuid not null,
  slug text not null,
  name text not null,
  created_at timestamptz not null,
  constraint projects_pkey primary key (id),
  constraint projects_slug_unique unique (slug)
);
comment on table meshhook.projects is 'Tenants: nothing of one project is seen by another';

create table meshhook.api_keys (
  id uuid not null,
  project_id uuid not null,
  name text not null,
  scope text not null,
  hash text not null,
  prefix text not null,
  created_at timestamptz not null,
  revoked_at timestamptz,
  constraint api_keys_pkey primary key (id),
  constraint api_keys_hash_unique unique (hash),
  constraint api_keys_scope_valid check (scope in ('admin', 'write', 'read')),
  constraint api_keys_project_exists foreign key (project_id) references meshhook.projects (id)
);
create index api_keys_by_project on meshhook.api_keys (project_id, id);
comment on table meshhook.api_keys is 'Keys of the API; the key itself is never stored';
comment on column meshhook.api_keys.hash is 'Hex sha256 of the key';
comment on column meshhook.api_keys.prefix is 'First characters of the key, for people to tell keys apart';

create table meshhook.workflows (
  id uuid not null,
  project_id uuid not null,
  slug text not null,
  name text not null,
  definition text not null,
  revision int not null,
  active_version_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint workflows_pkey primary key (id),
  constraint workflows_slug_unique unique (project_id, slug),
  constraint workflows_project_exists foreign key (project_id) references meshhook.projects (id)
);
comment on table meshhook.workflows is 'Workflows with their drafts';
comment on column meshhook.workflows.revision is 'Grows with every save of the draft';

create table meshhook.versions (
  id uuid not null,
  project_id uuid not null,
  workflow_id uuid not null,
  number int not null,
  hash text not null,
  definition text not null,
  created_at timestamptz not null,
  constraint versions_pkey primary key (id),
  constraint versions_number_unique unique (workflow_id, number),
  constraint versions_hash_unique unique (workflow_id, hash),
  constraint versions_workflow_exists foreign key (workflow_id) references meshhook.workflows (id)
);
comment on table meshhook.versions is 'Immutable definitions that runs refer to; numbered from 1 without gaps per workflow';

alter table meshhook.workflows
  add constraint workflows_active_version_exists foreign key (active_version_id) references meshhook.versions (id);

create table meshhook.endpoints (
  id uuid not null,
  project_id uuid not null,
  workflow_id uuid not null,
  token text not null,
  name text not null,
  signature text not null,
  sealed_secret text,
  dedupe_header text,
  body_bytes_max int not null,
  answer text not null,
  result_timeout_ms int not null,
  created_at timestamptz not null,
  constraint endpoints_pkey primary key (id),
  constraint endpoints_token_unique unique (token),
  constraint endpoints_signature_valid check (signature in ('none', 'github-sha256')),
  constraint endpoints_answer_valid check (answer in ('accepted', 'result')),
  constraint endpoints_workflow_exists foreign key (workflow_id) references meshhook.workflows (id)
);
create index endpoints_by_project on meshhook.endpoints (project_id, id);
comment on table meshhook.endpoints is 'Where webhooks come in: POST /hooks/<token>';
comment on column meshhook.endpoints.sealed_secret is 'Signing secret, encrypted by the server; never in clear';

create table meshhook.rejections (
  id uuid not null,
  project_id uuid not null,
  endpoint_id uuid not null,
  at timestamptz not null,
  code text not null,
  detail text not null,
  body_bytes int not null,
  constraint rejections_pkey primary key (id)
);
create index rejections_by_project on meshhook.rejections (project_id, id);
create index rejections_by_endpoint on meshhook.rejections (endpoint_id, id);
comment on table meshhook.rejections is 'Deliveries that were refused and are not runs, for the owner of their sender';

call meshhook.secure_rows('meshhook.projects', 'id = (select meshhook.current_project_id())');
call meshhook.secure_rows('meshhook.api_keys', 'project_id = (select meshhook.current_project_id())');
call meshhook.secure_rows('meshhook.workflows', 'project_id = (select meshhook.current_project_id())');
call meshhook.secure_rows('meshhook.versions', 'project_id = (select meshhook.current_project_id())');
call meshhook.secure_rows('meshhook.endpoints', 'project_id = (select meshhook.current_project_id())');
call meshhook.secure_rows('meshhook.rejections', 'project_id = (select meshhook.current_project_id())');

grant select, insert on meshhook.projects to meshhook_engine;
grant select on meshhook.api_keys, meshhook.workflows, meshhook.versions, meshhook.endpoints to meshhook_engine;
grant insert on meshhook.rejections to meshhook_engine;

grant select on meshhook.projects to meshhook_tenant;
grant select, insert on meshhook.versions, meshhook.rejections to meshhook_tenant;
grant select, insert, update on meshhook.api_keys, meshhook.workflows to meshhook_tenant;
grant select, insert, update, delete on meshhook.endpoints to meshhook_tenant;
