-- Notes that runs of a shard were folded.
-- Index: suspects_pkey.
-- Locks: the runs' rows.
delete from meshhook.suspects as suspects
where suspects.shard = $1 and suspects.run_id = any ($2::uuid[])
