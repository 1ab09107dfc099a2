-- Lists erased runs between two run ids. A tenant may list what is not its own: that erases nothing.
-- Index: erasures_pkey; journal_pkey, in the run's partition.
-- Locks: nothing.
select erasures.run_id
from meshhook.erasures as erasures
where
  erasures.run_id >= $1
  and erasures.run_id < $2
  and exists (
    select from meshhook.journal as segments
    where
      segments.shard = meshhook.shard_of(erasures.run_id)
      and segments.run_id = erasures.run_id
      and segments.project_id = erasures.project_id
  )
order by erasures.run_id
limit $3
