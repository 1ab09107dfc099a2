-- Counts the runs between two run ids of all projects but some, and those of them that have ended.
-- Index: none: reads the whole partition of an old day.
-- Locks: nothing.
select
  count(*) filter (where segments.seq = 0) as runs,
  count(*) filter (where segments.status is not null) as ended
from meshhook.journal as segments
where segments.run_id >= $1
  and segments.run_id < $2
  and segments.project_id <> all ($3::uuid[])
