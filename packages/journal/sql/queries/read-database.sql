-- Reads what health shows of the database: settings, clock, shards, owners, and how far partitions reach.
-- Index: none; small tables, the catalogue, and the default partition, which has a few rows if any.
-- Locks: nothing.
select
  current_setting('server_version') as server_version,
  clock_timestamp() as now,
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit,
  (select count(*) from meshhook.fences) as shards_total,
  (
    select count(*)
    from meshhook.fences as fences
    where fences.token is null or not exists (select from meshhook.owners as owners where owners.token = fences.token)
  ) as shards_free,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', owners.name,
      'joined_at', (extract(epoch from owners.joined_at) * 1000000)::bigint,
      'heartbeat_at', (extract(epoch from owners.heartbeat_at) * 1000000)::bigint,
      'shards', (select count(*) from meshhook.fences as fences where fences.token = owners.token)
    ) order by owners.name, owners.token), '[]')
    from meshhook.owners as owners
  ) as owners,
  (
    select to_char(max(ahead.day), 'YYYY-MM-DD')
    from (
      select days.day, bool_and(to_regclass('meshhook.journal_' || to_char(days.day, 'YYYYMMDD')) is not null)
        over (order by days.day) as is_there
      from generate_series((now() at time zone 'UTC')::date, (now() at time zone 'UTC')::date + 30, interval '1 day') as days (day)
    ) as ahead
    where ahead.is_there
  ) as partitions_until,
  exists (select from meshhook.journal_default) as has_stray_runs
