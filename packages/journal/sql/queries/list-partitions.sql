-- Lists the journal's partitions of days, oldest first, with their sizes.
-- Index: none; the catalogue.
-- Locks: nothing.
select
  tables.relname as name,
  to_char(to_date(substring(tables.relname from 9), 'YYYYMMDD'), 'YYYY-MM-DD') as day,
  pg_catalog.pg_total_relation_size(tables.oid) as bytes
from pg_catalog.pg_inherits as parts
join pg_catalog.pg_class as tables on tables.oid = parts.inhrelid
where parts.inhparent = 'meshhook.journal'::regclass and tables.relname ~ '^journal_[0-9]{8}$'
order by tables.relname
