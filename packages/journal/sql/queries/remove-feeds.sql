-- Removes feeds that nobody follows any more, with their announcements.
-- Index: announcements_pkey; feeds has a few rows.
-- Locks: the rows that it removes.
with removed as (
  delete from meshhook.feeds as feeds
  where feeds.followed_until < clock_timestamp()
  returning feeds.project_id
)
delete from meshhook.announcements as announcements
using removed
where announcements.project_id = removed.project_id
