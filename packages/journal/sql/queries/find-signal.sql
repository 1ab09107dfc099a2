-- Finds whether a run has been sent a signal with a key.
-- Index: signals_by_key.
-- Locks: nothing.
select true as is_found
from meshhook.signals as signals
where signals.shard = $1 and signals.run_id = $2 and signals.dedupe_key = $3
