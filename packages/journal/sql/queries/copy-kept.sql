-- Copies what stays of a day and a shard.
-- Index: none: reads the partition of the day.
-- Locks: nothing that others wait for.
select meshhook.copy_kept($1, $2, $3, $4, $5, $6)
