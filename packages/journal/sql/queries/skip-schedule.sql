-- Notes that the times of a schedule that passed while its workflow was paused have no runs.
-- Index: schedules_pkey.
-- Locks: the schedule's row.
update meshhook.schedules as schedules
set handled_until = greatest(schedules.handled_until, clock_timestamp())
where schedules.workflow_id = $1
