-- Reads segments between two run ids, from a key on, of projects that are listed (not $8) or not listed ($8) and of runs that are neither carried nor erased.
-- Index: journal_pkey of the partition.
-- Locks: nothing.
select
  segments.shard, segments.run_id, segments.seq, segments.at, segments.project_id, segments.workflow_id, segments.version_id,
  segments.status, segments.facts
from meshhook.journal as segments
where segments.run_id >= $1
  and segments.run_id < $2
  and (segments.shard, segments.run_id, segments.seq) > ($3, $4, $5)
  and (segments.project_id = any ($7::uuid[])) <> $8
  and segments.run_id <> all ($9::uuid[])
  and segments.run_id <> all ($10::uuid[])
order by segments.shard, segments.run_id, segments.seq
limit $6
