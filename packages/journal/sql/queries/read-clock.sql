-- Reads the server's clock.
-- Index: none.
-- Locks: nothing.
select clock_timestamp() as now
