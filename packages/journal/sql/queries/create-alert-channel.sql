-- Creates a channel for alerts, unless the project has as many as it may have.
-- Index: alert_channels_by_project.
-- Locks: nothing; two at the same time may exceed the limit.
insert into meshhook.alert_channels (id, project_id, name, target)
select $1, $2, $3, $4
where (select count(*) from meshhook.alert_channels as others where others.project_id = $2) < $5
returning id, project_id, name, target, created_at
