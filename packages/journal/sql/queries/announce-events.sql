-- Adds an announcement to a project's feed, if the owner is still registered and somebody follows the feed, and hints at it.
-- Index: owners_pkey, feeds_pkey.
-- Locks: the owner's row for key share (who removes it comes before or after, never between), then the feed's row: numbers ascend by commit.
with registered as materialized (
  select owners.token
  from meshhook.owners as owners
  where owners.token = $1
  for key share
),
counted as (
  update meshhook.feeds as feeds
  set number = feeds.number + 1
  where feeds.project_id = $2 and exists (select from registered)
  returning feeds.project_id, feeds.number
),
announced as (
  insert into meshhook.announcements (project_id, number, events)
  select counted.project_id, counted.number, $3
  from counted
  returning announcements.project_id
)
select pg_notify('meshhook_feeds', announced.project_id::text) from announced
