-- Changes a rule for alerts. Nulls leave what is there; what it found counts anew.
-- Index: alert_rules_pkey.
-- Locks: the rule's row.
update meshhook.alert_rules as rules
set
  name = coalesce($3, rules.name),
  threshold = coalesce($4, rules.threshold),
  window_minutes = coalesce($5, rules.window_minutes),
  count_min = coalesce($6, rules.count_min),
  throttle_minutes = coalesce($7, rules.throttle_minutes),
  channel_ids = coalesce($8::uuid[], rules.channel_ids),
  is_paused = coalesce($9, rules.is_paused),
  revision = rules.revision + 1
where rules.project_id = $1 and rules.id = $2
returning
  rules.id, rules.project_id, rules.name, rules.kind, rules.workflow_id, rules.endpoint_id, rules.threshold, rules.window_minutes,
  rules.count_min, rules.throttle_minutes, rules.channel_ids::text[] as channel_ids, rules.is_paused, rules.created_at, rules.revision,
  rules.is_firing, rules.since, rules.value, rules.is_told, rules.told_at
