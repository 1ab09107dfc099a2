-- Counts the runs that have not ended by the engine semantics in their delivery; the writer puts the number right behind the time.
-- Index: journal_pkey and timers_pkey, from the watermarks on.
-- Locks: nothing.
with begun as (
  select firsts.shard, firsts.run_id
  from meshhook.watermarks as watermarks
  join meshhook.journal as firsts
    on firsts.shard = watermarks.shard and firsts.run_id >= watermarks.low_run_id
  where firsts.seq = 0 and firsts.status is null
  union
  -- Runs that parked may be older than the watermark.
  select timers.shard, timers.run_id
  from meshhook.watermarks as watermarks
  join meshhook.timers as timers
    on timers.shard = watermarks.shard and timers.due_at >= watermarks.timers_from
)
select
  coalesce((regexp_match(left(firsts.facts, 80), '^\[\{"kind":"delivery","at":\d+,"semantics":(\d+)'))[1]::int, 1) as semantics,
  count(*)::int as runs
from begun
join meshhook.journal as firsts
  on firsts.shard = begun.shard and firsts.run_id = begun.run_id and firsts.seq = 0
where not exists (
  select
  from meshhook.journal as finals
  where finals.shard = begun.shard and finals.run_id = begun.run_id and finals.status is not null
)
group by 1
order by 1
