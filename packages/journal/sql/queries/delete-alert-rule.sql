-- Deletes a rule for alerts.
-- Index: alert_rules_pkey.
-- Locks: the row.
delete from meshhook.alert_rules as rules where rules.project_id = $1 and rules.id = $2
returning rules.id, rules.name
