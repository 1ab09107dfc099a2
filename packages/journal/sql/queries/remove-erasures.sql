-- Removes the record of erased runs whose rows are gone.
-- Index: erasures_pkey.
-- Locks: the rows that it removes.
delete from meshhook.erasures as erasures
where erasures.run_id = any ($1::uuid[])
