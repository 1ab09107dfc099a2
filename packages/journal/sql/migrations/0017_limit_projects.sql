-- A project may have a limit of runs that go on at the same time, and keep its runs for a time of its own.
-- Breaking: no. Processes of earlier releases that run beside this schema keep neither.
-- Locks: access exclusive on projects, for a moment.

insert into meshhook.migrations (name) values ('0017_limit_projects');

alter table meshhook.projects
  add column concurrency int,
  add column retention_days int,
  add constraint projects_concurrency_positive check (concurrency > 0),
  add constraint projects_retention_positive check (retention_days > 0);
comment on column meshhook.projects.concurrency is 'How many runs of the project may go on at the same time; null: any number';
comment on column meshhook.projects.retention_days is 'How many days its runs are kept; null: as long as those of others';

grant update (name, concurrency, retention_days) on meshhook.projects to meshhook_tenant;
