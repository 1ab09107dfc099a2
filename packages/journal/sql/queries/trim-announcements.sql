-- Removes announcements that are older than some milliseconds.
-- Index: announcements_pkey.
-- Locks: the rows that it removes, which nobody else changes.
delete from meshhook.announcements as announcements
where announcements.project_id = $1 and announcements.at < clock_timestamp() - $2 * interval '1 millisecond'
