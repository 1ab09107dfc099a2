-- Stores a message about alerts, to be sent at once.
-- Index: alert_messages_pkey.
-- Locks: the channel's row against its deletion, by the foreign key; one that is gone gets no message.
insert into meshhook.alert_messages (id, project_id, channel_id, body)
select $1, $2, channels.id, $4
from meshhook.alert_channels as channels
where channels.id = $3 and channels.project_id = $2
on conflict on constraint alert_messages_pkey do nothing
