-- Lists a project's newest messages about alerts.
-- Index: alert_messages_by_project.
-- Locks: nothing.
select
  messages.id, messages.project_id, messages.channel_id, messages.body, messages.created_at, messages.attempts, messages.error,
  case when messages.delivered_at is not null then 'delivered' when messages.due_at is null then 'given_up' else 'waiting' end as state
from meshhook.alert_messages as messages
where messages.project_id = $1
order by messages.created_at desc, messages.id desc
limit $2
