-- Removes messages about alerts from before a time.
-- Index: none; messages are few.
-- Locks: the rows that it removes.
delete from meshhook.alert_messages as messages where messages.created_at < $1
