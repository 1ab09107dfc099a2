-- Notes that the times of a schedule have been handled up to one.
-- Index: schedules_pkey.
-- Locks: the schedule's row.
update meshhook.schedules as schedules
set handled_until = greatest(schedules.handled_until, $2)
where schedules.workflow_id = $1
