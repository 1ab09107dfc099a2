-- Takes the lock of the one process that removes old runs at a time, until the session ends or gives it back.
-- Index: none.
-- Locks: advisory, a hint: two at a time would do the same work.
select pg_catalog.pg_try_advisory_lock(1296388936, 3) as is_ours
