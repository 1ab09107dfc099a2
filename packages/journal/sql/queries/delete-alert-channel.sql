-- Deletes a channel for alerts with its messages.
-- Index: alert_channels_pkey, alert_messages_by_channel.
-- Locks: the rows.
delete from meshhook.alert_channels as channels where channels.project_id = $1 and channels.id = $2
returning channels.id, channels.name
