-- Reads a feed's announcements after a number, oldest first. A row without a number: there is none. No row: there is no such feed.
-- Index: feeds_pkey, announcements_pkey.
-- Locks: nothing.
select feeds.id, feeds.number as last_number, next.number, next.events
from meshhook.feeds as feeds
left join lateral (
  select announcements.number, announcements.events
  from meshhook.announcements as announcements
  where announcements.project_id = feeds.project_id and announcements.number > $2
  order by announcements.number
  limit $3
) as next on true
where feeds.project_id = $1
order by next.number
