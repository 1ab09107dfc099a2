-- Finds the oldest run of a project or workflow that neither ended nor ever parked, among 2,000 from the watermark of each shard on.
-- Index: journal_pkey, timers_pkey.
-- Locks: nothing.
select found.run_id
from meshhook.watermarks as marks
cross join lateral (
  select firsts.run_id
  from (
    select recent.run_id, recent.project_id, recent.workflow_id, recent.status
    from meshhook.journal as recent
    where recent.shard = marks.shard and recent.run_id >= marks.low_run_id and recent.seq = 0
    order by recent.run_id
    limit 2000
  ) as firsts
  left join lateral (
    select true as is_found
    from meshhook.journal as finals
    where finals.shard = marks.shard and finals.run_id = firsts.run_id and finals.status is not null
    limit 1
  ) as ended on true
  left join lateral (
    select true as is_found
    from meshhook.timers as timers
    where timers.shard = marks.shard and timers.run_id = firsts.run_id
    limit 1
  ) as parked on true
  where firsts.project_id = $1
    and ($2::uuid is null or firsts.workflow_id = $2)
    and firsts.status is null
    and ended.is_found is null
    and parked.is_found is null
  order by firsts.run_id
  limit 1
) as found
order by found.run_id
limit 1
