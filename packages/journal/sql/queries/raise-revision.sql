-- Raises a revision, whose time never goes back.
-- Index: revisions_pkey.
-- Locks: the revision's row until the transaction ends, so that revisions ascend in the order of commits.
update meshhook.revisions as revisions
set value = revisions.value + 1, changed_at = greatest(revisions.changed_at, clock_timestamp())
where revisions.name = $1
returning revisions.value, revisions.changed_at
