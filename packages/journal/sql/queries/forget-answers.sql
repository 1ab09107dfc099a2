-- Removes some of the oldest answers that were kept long enough.
-- Index: kept_answers_by_time.
-- Locks: the rows that it removes.
delete from meshhook.kept_answers as kept
where (kept.project_id, kept.key_digest) in (
  select old.project_id, old.key_digest
  from meshhook.kept_answers as old
  where old.claimed_at < clock_timestamp() - $1 * interval '1 millisecond'
  order by old.claimed_at
  limit $2
)
