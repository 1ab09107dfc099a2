-- Loads whole runs of a shard that neither ended nor ever parked, in id order, up to a number of runs or of bytes.
-- Index: journal_pkey and timers_pkey.
-- Locks: nothing.
with unfinished as materialized (
  select firsts.run_id
  from meshhook.journal as firsts
  -- "limit 1" keeps the planner from turning these look-ups into joins over whole tables.
  left join lateral (
    select true as is_found
    from meshhook.journal as finals
    where finals.shard = $1 and finals.run_id = firsts.run_id and finals.status is not null
    limit 1
  ) as ended on true
  left join lateral (
    select true as is_found
    from meshhook.timers as timers
    where timers.shard = $1 and timers.run_id = firsts.run_id
    limit 1
  ) as parked on true
  where firsts.shard = $1
    and firsts.run_id >= $2
    and firsts.run_id > $3
    and firsts.seq = 0
    and firsts.status is null
    and ended.is_found is null
    and parked.is_found is null
  order by firsts.run_id
  limit $4
),
sized as materialized (
  select unfinished.run_id, sum(stored.bytes) over (order by unfinished.run_id) - stored.bytes as bytes_before
  from unfinished
  cross join lateral (
    -- The length of a text that is stored outside its row is known without reading the text.
    select sum(octet_length(found.facts))::bigint as bytes
    from meshhook.journal as found
    where found.shard = $1 and found.run_id = unfinished.run_id
  ) as stored
)
select
  segments.run_id, segments.seq, segments.at, segments.project_id, segments.workflow_id, segments.version_id,
  segments.status, segments.facts
from sized
cross join lateral (
  select found.*
  from meshhook.journal as found
  where found.shard = $1 and found.run_id = sized.run_id
) as segments
where sized.bytes_before < $5
order by segments.run_id, segments.seq
