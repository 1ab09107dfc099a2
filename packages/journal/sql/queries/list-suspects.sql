-- Lists the runs of a project that so many owners began to fold and did not finish, in id order.
-- Index: suspects_pkey and journal_pkey; the first table is nearly always empty.
-- Locks: nothing.
select suspects.shard, suspects.run_id, suspects.attempts, suspects.at
from meshhook.suspects as suspects
where suspects.attempts >= $2
  and exists (
    select
    from meshhook.journal as firsts
    where firsts.shard = suspects.shard
      and firsts.run_id = suspects.run_id
      and firsts.seq = 0
      and firsts.project_id = $1
  )
order by suspects.run_id
