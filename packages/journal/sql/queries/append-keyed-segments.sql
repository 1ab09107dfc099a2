-- Like append-segments, for batches with idempotency keys or timers: a segment whose key is taken is left out.
-- Index: fences_pkey, deduplications_pkey, journal_pkey, timers_pkey (through "on conflict").
-- Locks: the batch's fence rows for share in shard order, then the new keys in the order of their primary key.
with held as materialized (
  select fences.shard
  from meshhook.fences as fences
  where fences.token = $1
    and fences.shard = any ($2::int[])
    and fences.epoch = ($12::int[])[array_position($2::int[], fences.shard)]
  order by fences.shard
  for share
),
segments as materialized (
  select
    held.shard,
    given.run_id::uuid as run_id,
    given.seq::int as seq,
    timestamptz 'epoch' + given.at::bigint * interval '1 microsecond' as at,
    given.project_id::uuid as project_id,
    given.workflow_id::uuid as workflow_id,
    given.version_id::uuid as version_id,
    nullif(given.status, '') as status,
    given.facts,
    nullif(given.dedupe_shard, '')::int as dedupe_shard,
    nullif(given.endpoint_id, '')::uuid as endpoint_id,
    given.key,
    given.body_hash,
    timestamptz 'epoch' + nullif(given.parked_until, '')::bigint * interval '1 microsecond' as parked_until
  from unnest(
    string_to_array($3, E'\x1e'),
    string_to_array($4, E'\x1e'),
    string_to_array($5, E'\x1e'),
    string_to_array($6, E'\x1e'),
    string_to_array($7, E'\x1e'),
    string_to_array($8, E'\x1e'),
    string_to_array($9, E'\x1e'),
    string_to_array($10, E'\x1e'),
    string_to_array($11, E'\x1e'),
    string_to_array($13, E'\x1e'),
    string_to_array($14, E'\x1e'),
    string_to_array($15, E'\x1e'),
    string_to_array($16, E'\x1e'),
    string_to_array($17, E'\x1e')
  ) as given (
    shard, run_id, seq, at, project_id, workflow_id, version_id, status, facts,
    dedupe_shard, endpoint_id, key, body_hash, parked_until
  )
  join held on held.shard = given.shard::int
),
-- This waits for a concurrent transaction that holds one of these keys; if it commits, the key is not returned here. The outer inserts
-- depend only on what is returned, never on what this statement's snapshot sees in the table.
fresh as (
  insert into meshhook.deduplications (shard, endpoint_id, key, run_id, body_hash, at)
  select segments.dedupe_shard, segments.endpoint_id, segments.key, segments.run_id, segments.body_hash, segments.at
  from segments
  where segments.dedupe_shard is not null
  order by segments.dedupe_shard, segments.endpoint_id, segments.key
  on conflict do nothing
  returning run_id
),
stored as (
  insert into meshhook.journal (shard, run_id, seq, at, project_id, workflow_id, version_id, status, facts)
  select
    segments.shard, segments.run_id, segments.seq, segments.at,
    segments.project_id, segments.workflow_id, segments.version_id, segments.status, segments.facts
  from segments
  where segments.dedupe_shard is null or segments.run_id in (select fresh.run_id from fresh)
  on conflict do nothing
  returning run_id
),
parked as (
  insert into meshhook.timers (shard, run_id, due_at)
  select segments.shard, segments.run_id, segments.parked_until
  from segments
  join stored on stored.run_id = segments.run_id
  where segments.parked_until is not null
  on conflict do nothing
)
select count(*)::int as stored from stored
