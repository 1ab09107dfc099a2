-- Drops the partition of a day.
-- Index: none.
-- Locks: access exclusive on the journal, for a moment; gives up after a tenth of a second.
select meshhook.drop_partition($1)
