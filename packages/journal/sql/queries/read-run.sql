-- Reads the segments of a run after a seq.
-- Index: journal_pkey, in the run's partition.
-- Locks: nothing.
select
  segments.run_id, segments.seq, segments.at, segments.project_id, segments.workflow_id, segments.version_id,
  segments.status, segments.facts
from meshhook.journal as segments
where segments.shard = $1 and segments.run_id = $2 and segments.seq > $3
order by segments.seq
