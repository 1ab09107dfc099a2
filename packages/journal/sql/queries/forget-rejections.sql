-- Removes refusals with ids below a bound.
-- Index: rejections_pkey.
-- Locks: the rows that it removes.
delete from meshhook.rejections as rejections
where rejections.id in (
  select old.id from meshhook.rejections as old where old.id < $1 order by old.id limit $2
)
returning rejections.id
