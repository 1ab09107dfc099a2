-- Counts the segments that were copied of a day.
-- Index: none: reads the copy.
-- Locks: nothing.
select meshhook.count_rewritten($1) as segments
