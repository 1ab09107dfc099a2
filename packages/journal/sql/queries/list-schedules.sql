-- Lists the schedules of all workflows that are not deleted.
-- Index: schedules_pkey, workflows_pkey.
-- Locks: nothing.
select
  schedules.project_id, schedules.workflow_id, schedules.version_id, schedules.handled_until,
  workflows.paused_at is not null as is_paused
from meshhook.schedules as schedules
join meshhook.workflows as workflows on workflows.id = schedules.workflow_id
where workflows.deleted_at is null
order by schedules.workflow_id
