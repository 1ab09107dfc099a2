-- Takes messages that are due for some milliseconds.
-- Index: alert_messages_due, alert_channels_pkey.
-- Locks: the messages; those that another process is taking are left to it.
with due as (
  select waiting.id
  from meshhook.alert_messages as waiting
  where waiting.due_at <= clock_timestamp()
  order by waiting.due_at
  limit $1
  for update skip locked
)
update meshhook.alert_messages as messages
set due_at = clock_timestamp() + $2 * interval '1 millisecond', attempts = messages.attempts + 1
from due, meshhook.alert_channels as channels
where messages.id = due.id and channels.id = messages.channel_id
returning messages.id, messages.project_id, messages.channel_id, messages.body, messages.attempts, channels.target
