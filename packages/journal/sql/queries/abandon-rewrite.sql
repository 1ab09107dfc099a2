-- Leaves a day's partition as it is.
-- Index: none.
-- Locks: access exclusive on the partition of the day, for a moment; gives up after a tenth of a second.
select meshhook.abandon_rewrite($1)
