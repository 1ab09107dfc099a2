-- Removes counts of statistics from before a time.
-- Index: statistics_by_span.
-- Locks: the rows that it removes.
delete from meshhook.statistics as counts
where counts.id in (
  select old.id from meshhook.statistics as old where old.span_s in (0, 60, 3600, 86400) and old.at < $1 limit $2
)
