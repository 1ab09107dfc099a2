-- Schedules of workflows: which version has one, and up to when its times have been handled.
-- Breaking: no. Processes of earlier releases that run beside this schema start no scheduled runs in the shards that they own.
-- Locks: nothing that existed before, except share row exclusive on workflows and versions for their foreign keys, for a moment.

insert into meshhook.migrations (name) values ('0016_create_schedules');

create table meshhook.schedules (
  workflow_id uuid not null,
  project_id uuid not null,
  version_id uuid not null,
  handled_until timestamptz not null,
  constraint schedules_pkey primary key (workflow_id),
  constraint schedules_workflow_exists foreign key (workflow_id) references meshhook.workflows (id),
  constraint schedules_version_exists foreign key (version_id) references meshhook.versions (id)
);
comment on table meshhook.schedules is 'Workflows whose active version has a schedule';
comment on column meshhook.schedules.handled_until is 'Every time of the schedule up to this one has its run, or is not to have one';

call meshhook.secure_rows('meshhook.schedules', 'project_id = (select meshhook.current_project_id())');
grant select, update on meshhook.schedules to meshhook_engine;
grant select, insert, update, delete on meshhook.schedules to meshhook_tenant;
