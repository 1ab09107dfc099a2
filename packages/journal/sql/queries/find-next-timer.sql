-- Finds when the next timer of a shard is due, whether its run has ended or not.
-- Index: timers_by_due_time.
-- Locks: nothing.
select timers.due_at
from meshhook.timers as timers
where timers.shard = $1 and timers.due_at >= $2 and timers.due_at < $3
order by timers.due_at
limit 1
