-- What processes tell each other of a project's events while somebody follows it. Not part of the journal: everything here follows from
-- it, may be lost at any time, and is gone after minutes. Therefore unlogged: a crash of the server empties both tables.
-- Breaking: no. Processes of earlier releases that run beside this schema tell nothing of their runs, as before. Locks: nothing that existed
-- before.

insert into meshhook.migrations (name) values ('0014_create_feeds');

create unlogged table meshhook.feeds (
  project_id uuid not null,
  id uuid not null default gen_random_uuid(),
  number bigint not null default 0,
  followed_until timestamptz not null,
  constraint feeds_pkey primary key (project_id)
) with (fillfactor = 20);

comment on table meshhook.feeds is 'Projects whose events somebody follows, in any process, or followed a moment ago';
comment on column meshhook.feeds.id is 'Another one whenever the row is made again: numbers of an earlier one mean nothing';
comment on column meshhook.feeds.number is 'Of the last announcement; its update orders those of all processes';

create unlogged table meshhook.announcements (
  project_id uuid not null,
  number bigint not null,
  at timestamptz not null default clock_timestamp(),
  events text,
  constraint announcements_pkey primary key (project_id, number)
);
alter table meshhook.announcements alter column events set storage external;

comment on table meshhook.announcements is 'Committed events of followed projects, in an order that is the same for every process; kept for minutes';
comment on column meshhook.announcements.events is 'JSON array of events; null: events before this one may be missing';

call meshhook.secure_rows('meshhook.feeds', 'project_id = (select meshhook.current_project_id())');
call meshhook.secure_rows('meshhook.announcements', 'project_id = (select meshhook.current_project_id())');
grant select, insert, update, delete on meshhook.feeds to meshhook_engine;
grant select, insert, delete on meshhook.announcements to meshhook_engine;
