-- Renews an owner's lease and reports what may have changed. No row: the owner is gone.
-- Index: owners_pkey; the other tables have a few rows each.
-- Locks: the owner's own row.
with renewed as (
  update meshhook.owners as owners
  set heartbeat_at = clock_timestamp()
  where owners.token = $1
  returning owners.token
),
alive as materialized (
  select owners.token
  from meshhook.owners as owners
  where owners.token = $1
    or (
      owners.heartbeat_at >= clock_timestamp() - $2 * interval '1 millisecond'
      and (
        owners.liveness_key is null
        or exists (
          select
          from pg_catalog.pg_locks as locks
          where locks.locktype = 'advisory'
            and locks.database = (select oid from pg_catalog.pg_database where datname = current_database())
            and locks.classid = 1296388936
            and locks.objid = owners.liveness_key::oid
            and locks.granted
        )
      )
    )
)
select
  (select count(*) from alive) as owners_alive,
  (select count(*) from meshhook.fences) as shards_total,
  (
    select count(*)
    from meshhook.fences as fences
    where fences.token is null or fences.token not in (select alive.token from alive)
  ) as shards_free,
  (select revisions.value from meshhook.revisions as revisions where revisions.name = 'catalog') as catalog_revision,
  (select revisions.value from meshhook.revisions as revisions where revisions.name = 'signals') as signal_revision,
  (
    select coalesce(array_agg(feeds.project_id::text), '{}')
    from meshhook.feeds as feeds
    where feeds.followed_until >= clock_timestamp()
  ) as followed_projects,
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes
from renewed
