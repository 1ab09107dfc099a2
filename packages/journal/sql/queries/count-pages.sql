-- Tells how many pages a table has.
-- Index: none; the catalogue.
-- Locks: nothing.
select pg_catalog.pg_relation_size(to_regclass('meshhook.' || $1)) / current_setting('block_size')::int as pages
