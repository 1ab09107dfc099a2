-- Stores a signal with a name and a payload, unless its run has had the key before or has as many signals, or bytes of them, as it may have.
-- Index: signals_by_key.
-- Locks: nothing that others wait for; the caller holds the revision's row, so no other sender is between the count and the insert.
with present as materialized (
  select
    count(*) as signals,
    coalesce(sum(octet_length(signals.payload)), 0) as bytes,
    coalesce(bool_or(signals.dedupe_key = $7), false) as is_repeated
  from meshhook.signals as signals
  where signals.shard = $1 and signals.run_id = $3 and signals.dedupe_key is not null
),
stored as (
  insert into meshhook.signals (shard, id, run_id, project_id, kind, name, payload, dedupe_key)
  select $1, $2::uuid, $3, $4::uuid, 'signal', $5::text, $6::text, $7
  from present
  where not present.is_repeated and present.signals < $8 and present.bytes + octet_length($6::text) <= $9
  returning 1
)
select present.is_repeated, exists (select from stored) as is_stored
from present
