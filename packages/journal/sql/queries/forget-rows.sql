-- Removes rows of old runs from some pages of a table.
-- Index: none: reads pages by their numbers.
-- Locks: the rows that it removes.
select meshhook.forget_rows($1, $2, $3, $4, $5, $6) as forgotten
