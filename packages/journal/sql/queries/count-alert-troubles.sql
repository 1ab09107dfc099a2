-- Counts messages about alerts that were tried in vain: those that wait, and those of the last day that were given up.
-- Index: none; messages are few, because rules are throttled and old messages go.
-- Locks: nothing.
select
  count(*) filter (where messages.due_at is not null and messages.attempts > 0 and messages.error is not null) as waiting,
  count(*) filter (
    where messages.due_at is null and messages.delivered_at is null and messages.created_at > now() - interval '1 day'
  ) as given_up
from meshhook.alert_messages as messages
