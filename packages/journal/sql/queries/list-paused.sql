-- Lists the paused workflows of all projects, deleted ones included: what they hold stays held.
-- Index: none; workflows are few.
-- Locks: nothing.
select workflows.id
from meshhook.workflows as workflows
where workflows.paused_at is not null
