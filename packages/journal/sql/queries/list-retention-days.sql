-- Lists the projects that keep their runs for a time of their own.
-- Index: none; projects are few.
-- Locks: nothing.
select projects.id, projects.retention_days
from meshhook.projects as projects
where projects.retention_days is not null
