-- Notes that the active version of a workflow has a schedule, whose times count from now on.
-- Index: schedules_pkey.
-- Locks: the schedule's row.
insert into meshhook.schedules as schedules (workflow_id, project_id, version_id, handled_until)
values ($1, $2, $3, clock_timestamp())
on conflict (workflow_id) do update
set version_id = excluded.version_id, handled_until = greatest(schedules.handled_until, excluded.handled_until)
