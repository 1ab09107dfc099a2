-- Rows refer to rows of their own project only, tenants ask for jobs and reruns under their own role, and nothing is granted to everybody.
-- Breaking: no. Locks: access exclusive on workflows, versions, endpoints and schedules, for as long as it takes to read them once.

insert into meshhook.migrations (name) values ('0025_keep_tenants_apart');

-- Foreign keys are checked without row-level security, so a key without the project would accept, and so give away, a row of another one.
alter table meshhook.workflows add constraint workflows_of_project unique (project_id, id);
alter table meshhook.versions
  add constraint versions_of_project unique (project_id, id),
  drop constraint versions_workflow_exists,
  add constraint versions_workflow_exists foreign key (project_id, workflow_id) references meshhook.workflows (project_id, id);
alter table meshhook.workflows
  drop constraint workflows_active_version_exists,
  add constraint workflows_active_version_exists foreign key (project_id, active_version_id) references meshhook.versions (project_id, id);
alter table meshhook.endpoints
  drop constraint endpoints_workflow_exists,
  add constraint endpoints_workflow_exists foreign key (project_id, workflow_id) references meshhook.workflows (project_id, id);
alter table meshhook.schedules
  drop constraint schedules_workflow_exists,
  drop constraint schedules_version_exists,
  add constraint schedules_workflow_exists foreign key (project_id, workflow_id) references meshhook.workflows (project_id, id),
  add constraint schedules_version_exists foreign key (project_id, version_id) references meshhook.versions (project_id, id);

grant insert (id, project_id, spec, progress), update (state) on meshhook.jobs to meshhook_tenant;
grant insert on meshhook.reruns to meshhook_tenant;

-- As for what people change otherwise: editors start jobs and reruns.
create policy people_insert on meshhook.jobs as restrictive for insert with check (meshhook.may('editor'));
create policy people_update on meshhook.jobs as restrictive for update using (meshhook.may('editor'));
create policy people_insert on meshhook.reruns as restrictive for insert with check (meshhook.may('editor'));

-- Whoever may call a function is named. Trigger functions are called by their triggers, whatever the rights.
revoke execute on function
  meshhook.current_project_id(), meshhook.run_id_floor(timestamptz), meshhook.shard_of(uuid), meshhook.keep_audit() from public;
grant execute on function
  meshhook.current_project_id(), meshhook.run_id_floor(timestamptz), meshhook.shard_of(uuid) to meshhook_engine, meshhook_tenant;

-- Runs as the owner of the tables, and would tell one project of the people of another.
revoke execute on function meshhook.role_in_project(uuid, uuid) from meshhook_tenant;
