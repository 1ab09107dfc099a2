-- Lists a project's rules for alerts with what they found, or those of all projects that are not paused.
-- Index: alert_rules_by_project.
-- Locks: nothing.
select
  rules.id, rules.project_id, rules.name, rules.kind, rules.workflow_id, rules.endpoint_id, rules.threshold, rules.window_minutes,
  rules.count_min, rules.throttle_minutes, rules.channel_ids::text[] as channel_ids, rules.is_paused, rules.created_at, rules.revision,
  rules.is_firing, rules.since, rules.value, rules.is_told, rules.told_at
from meshhook.alert_rules as rules
where rules.project_id = $1 or ($1::uuid is null and not rules.is_paused)
order by rules.created_at, rules.id
