-- Lists a project's channels for alerts.
-- Index: alert_channels_by_project.
-- Locks: nothing.
select channels.id, channels.project_id, channels.name, channels.target, channels.created_at
from meshhook.alert_channels as channels
where channels.project_id = $1
order by channels.created_at, channels.id
