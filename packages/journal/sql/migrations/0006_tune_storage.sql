-- Storage parameters. Only for PostgreSQL itself: leave this file out on engines that refuse them.
-- Breaking: no. Locks: access exclusive on empty or tiny tables, for a moment.

insert into meshhook.migrations (name) values ('0006_tune_storage');

-- Updated in place, without touching an index: room on the page keeps these updates cheap (HOT).
alter table meshhook.owners set (fillfactor = 20);
alter table meshhook.watermarks set (fillfactor = 50);
alter table meshhook.fences set (fillfactor = 50);
alter table meshhook.revisions set (fillfactor = 20);
