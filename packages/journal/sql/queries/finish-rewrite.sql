-- Replaces a day's partition by what was copied of it.
-- Index: none.
-- Locks: access exclusive on the journal, for a moment; gives up after a tenth of a second.
select meshhook.finish_rewrite($1) as has_rows
