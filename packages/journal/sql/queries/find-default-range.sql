-- Finds the first and the last run in the journal's default partition. Nulls: it is empty, as it should be.
-- Index: none: reads the default partition, which has a few rows if any.
-- Locks: nothing.
select min(segments.run_id::text) as first_run_id, max(segments.run_id::text) as last_run_id
from meshhook.journal_default as segments
