-- Reads a project's counts of statistics that begin within a time, with an optional workflow.
-- Index: statistics_by_project.
-- Locks: nothing.
select
  counts.workflow_id, counts.measure, counts.subject, counts.outcome, counts.at, counts.count, counts.sum_us, counts.max_us,
  counts.max_run_id, counts.sketch
from meshhook.statistics as counts
where counts.project_id = $1
  and counts.measure = any ($5::text[])
  and counts.at >= $2
  and counts.at < $3
  and ($4::uuid is null or counts.workflow_id = $4)
