-- Reads the signals of shards after an id, oldest first.
-- Index: signals_pkey.
-- Locks: nothing.
select signals.id, signals.shard, signals.run_id, signals.project_id, signals.kind, signals.reason
from meshhook.signals as signals
where signals.shard = any ($1::int[]) and signals.id > $2
order by signals.id
