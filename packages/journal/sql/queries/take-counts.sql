-- Removes the oldest counts of a span that are older than some milliseconds, to be stored again in one for several.
-- Index: statistics_by_span.
-- Locks: the rows that it removes; rows that another process is putting together are left to it.
delete from meshhook.statistics as counts
where counts.id in (
  select old.id
  from meshhook.statistics as old
  where old.span_s = $1 and old.at < now() - $2 * interval '1 millisecond'
  order by old.at
  limit $3
  for update skip locked
)
returning
  counts.id, counts.project_id, counts.workflow_id, counts.measure, counts.subject, counts.outcome, counts.at, counts.count, counts.sum_us,
  counts.max_us, counts.max_run_id, counts.sketch
