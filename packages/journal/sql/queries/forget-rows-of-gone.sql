-- Removes rows of runs that are gone, of days of which other runs were kept, from some pages of a table.
-- Index: none.
-- Locks: the rows that it removes.
select meshhook.forget_rows_of_gone($1, $2, $3, $4, $5) as forgotten
