-- Removes owners, the caller excepted, whose lease ran out or whose liveness lock is gone; their shards are free from then on.
-- Index: none; the table has one row per process.
-- Locks: the rows of dead owners; a heartbeat that comes first keeps its owner.
delete from meshhook.owners as owners
where owners.token <> $1
  and (
    owners.heartbeat_at < clock_timestamp() - $2 * interval '1 millisecond'
    or (
      owners.liveness_key is not null
      and not exists (
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
