-- Creates a rule for alerts, unless the project has as many as it may have.
-- Index: alert_rules_by_project.
-- Locks: nothing; two at the same time may exceed the limit.
insert into meshhook.alert_rules as rules (
  id, project_id, name, kind, workflow_id, endpoint_id, threshold, window_minutes, count_min, throttle_minutes, channel_ids
)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::uuid[]
where (select count(*) from meshhook.alert_rules as others where others.project_id = $2) < $12
returning
  rules.id, rules.project_id, rules.name, rules.kind, rules.workflow_id, rules.endpoint_id, rules.threshold, rules.window_minutes,
  rules.count_min, rules.throttle_minutes, rules.channel_ids::text[] as channel_ids, rules.is_paused, rules.created_at, rules.revision,
  rules.is_firing, rules.since, rules.value, rules.is_told, rules.told_at
