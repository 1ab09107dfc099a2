-- Lists the runs of a day that have not ended, and those that ended since the day is being written again.
-- Index: journal_pkey, for each run of the day that did not end with its first segment.
-- Locks: nothing.
select meshhook.carried_runs($1, $2) as run_id
