-- Finds the first segment of a project's run in what an inbox has after a signal: accepted, and not yet appended by the shard's owner.
-- Index: signals_pkey, only what the owner has not settled.
-- Locks: nothing.
select
  signals.run_id, 0 as seq, signals.project_id, signals.workflow_id, signals.version_id, null as status, signals.facts
from meshhook.signals as signals
where signals.shard = $1
  and signals.id > $4
  and signals.run_id = $2
  and signals.kind = 'delivery'
  and signals.project_id = $3
limit 1
