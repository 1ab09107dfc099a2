-- Stores what a rule found, unless something was stored about it since it was read.
-- Index: alert_rules_pkey.
-- Locks: the rule's row.
update meshhook.alert_rules as rules
set is_firing = $4, since = $5, value = $6, is_told = $7, told_at = $8, revision = rules.revision + 1
where rules.project_id = $1 and rules.id = $2 and rules.revision = $3
returning rules.id
