-- Lists the journal's partitions of days, oldest first, with their sizes, and how often each was written.
-- Index: none; the catalogue.
-- Locks: nothing.
select
  to_char(to_date(substring(tables.relname from 9 for 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day,
  coalesce(substring(tables.relname from '^journal_[0-9]{8}_([0-9]+)$')::int, 1) as part,
  pg_catalog.pg_total_relation_size(tables.oid) as bytes
from pg_catalog.pg_inherits as parts
join pg_catalog.pg_class as tables on tables.oid = parts.inhrelid
where parts.inhparent = 'meshhook.journal'::regclass and tables.relname ~ '^journal_[0-9]{8}(_[0-9]+)?$'
order by day
