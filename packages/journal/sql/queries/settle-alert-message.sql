-- Stores what became of an attempt to send a message.
-- Index: alert_messages_pkey.
-- Locks: the row.
update meshhook.alert_messages as messages
set
  error = $2,
  due_at = $3,
  delivered_at = case when $2::text is null then clock_timestamp() end
where messages.id = $1
