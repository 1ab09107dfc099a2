-- Begins to write a day of the journal again.
-- Index: none.
-- Locks: share row exclusive on the partition of the day, for a moment; gives up after a tenth of a second.
select meshhook.begin_rewrite($1)
