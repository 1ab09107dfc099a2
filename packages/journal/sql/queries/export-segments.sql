-- Reads the segments between two run ids, in the order of the primary key, from a key on.
-- Index: journal_pkey of the partition.
-- Locks: nothing.
select
  segments.shard, segments.run_id, segments.seq, segments.at, segments.project_id, segments.workflow_id, segments.version_id,
  segments.status, segments.facts
from meshhook.journal as segments
where segments.run_id >= $1
  and segments.run_id < $2
  and (segments.shard, segments.run_id, segments.seq) > ($3, $4, $5)
order by segments.shard, segments.run_id, segments.seq
limit $6
