-- Loads timers of a shard that fall due in a window, oldest first, with their unfinished runs, up to a number of timers or of bytes.
-- Index: timers_by_due_time, then journal_pkey.
-- Locks: nothing.
with due as materialized (
  select timers.due_at, timers.run_id
  from meshhook.timers as timers
  -- "limit 1" keeps the planner from turning the look-up into a join over the whole table.
  left join lateral (
    select true as is_found
    from meshhook.journal as finals
    where finals.shard = $1 and finals.run_id = timers.run_id and finals.status is not null
    limit 1
  ) as ended on true
  where timers.shard = $1
    and timers.due_at < $3
    and (timers.due_at, timers.run_id) > ($2, $4)
    and ended.is_found is null
  order by timers.due_at, timers.run_id
  limit $5
),
sized as materialized (
  select due.due_at, due.run_id, sum(stored.bytes) over (order by due.due_at, due.run_id) - stored.bytes as bytes_before
  from due
  cross join lateral (
    -- The length of a text that is stored outside its row is known without reading the text.
    select sum(octet_length(found.facts))::bigint as bytes
    from meshhook.journal as found
    where found.shard = $1 and found.run_id = due.run_id
  ) as stored
)
select
  sized.due_at,
  segments.run_id, segments.seq, segments.at, segments.project_id, segments.workflow_id, segments.version_id,
  segments.status, segments.facts
from sized
cross join lateral (
  select found.*
  from meshhook.journal as found
  where found.shard = $1 and found.run_id = sized.run_id
) as segments
where sized.bytes_before < $6
order by sized.due_at, segments.run_id, segments.seq
