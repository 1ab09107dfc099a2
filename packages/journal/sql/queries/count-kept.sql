-- Counts the segments that stay of those between two run ids: of projects that are listed ($4) or not listed (not $4), and of runs that are carried, without erased ones.
-- Index: none: reads the partition of an old day.
-- Locks: nothing.
select count(*) as segments
from meshhook.journal as found
where found.run_id >= $1
  and found.run_id < $2
  and ((found.project_id = any ($3::uuid[])) = $4 or found.run_id = any ($5::uuid[]))
  and found.run_id <> all ($6::uuid[])
