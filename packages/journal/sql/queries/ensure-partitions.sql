-- Creates missing daily partitions of the journal.
-- Index: none.
-- Locks: share update exclusive on the journal, access exclusive on the default partition; gives up after two seconds.
select meshhook.ensure_partitions($1, $2) as created
