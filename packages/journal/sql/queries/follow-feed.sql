-- Notes that somebody follows a project for some milliseconds from now, and tells the end of its feed.
-- Index: feeds_pkey.
-- Locks: the feed's row.
insert into meshhook.feeds (project_id, followed_until)
values ($1, clock_timestamp() + $2 * interval '1 millisecond')
on conflict (project_id) do update set followed_until = greatest(feeds.followed_until, excluded.followed_until)
returning feeds.id, feeds.number, feeds.xmax = 0 as is_new
