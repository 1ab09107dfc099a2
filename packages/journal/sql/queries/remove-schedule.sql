-- Notes that the active version of a workflow has no schedule.
-- Index: schedules_pkey.
-- Locks: the schedule's row.
delete from meshhook.schedules as schedules
where schedules.workflow_id = $1
