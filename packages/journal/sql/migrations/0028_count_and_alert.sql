-- Statistics of runs, calls and deliveries, and alerts.
-- Breaking: no. Locks: share row exclusive on projects for foreign keys, for a moment.

insert into meshhook.migrations (name) values ('0028_count_and_alert');

create table meshhook.statistics (
  id uuid not null,
  span_s int not null,
  project_id uuid not null,
  workflow_id uuid not null,
  measure text not null,
  subject text not null,
  outcome text not null,
  at timestamptz not null,
  count bigint not null,
  sum_us bigint not null,
  max_us bigint not null,
  max_run_id uuid not null,
  sketch bytea not null,
  constraint statistics_pkey primary key (id),
  constraint statistics_span_valid check (span_s in (0, 60, 3600, 86400)),
  constraint statistics_measure_valid check (measure in ('run', 'turn', 'call', 'delivery')),
  constraint statistics_project_exists foreign key (project_id) references meshhook.projects (id)
);
create index statistics_by_project on meshhook.statistics (project_id, measure, at);
create index statistics_by_span on meshhook.statistics (span_s, at);
comment on table meshhook.statistics is
  'What processes counted, in batches. Rows are only added, and put together later: those of a minute, then of an hour, then of a day';
comment on column meshhook.statistics.span_s is '0: a batch of one process within a minute; otherwise all of a minute, an hour or a day';
comment on column meshhook.statistics.subject is 'The id of a node or an endpoint; empty: the workflow';
comment on column meshhook.statistics.max_run_id is 'A run that took the longest; it may be gone';
comment on column meshhook.statistics.sketch is 'Counts by duration in buckets that grow by 2 %, as pairs of distance and count in LEB128';

call meshhook.secure_rows('meshhook.statistics', 'project_id = (select meshhook.current_project_id())');
grant select, insert, delete, update on meshhook.statistics to meshhook_engine;
grant select on meshhook.statistics to meshhook_tenant;

create table meshhook.alert_channels (
  id uuid not null,
  project_id uuid not null,
  name text not null,
  target text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint alert_channels_pkey primary key (id),
  constraint alert_channels_of_project unique (project_id, id),
  constraint alert_channels_project_exists foreign key (project_id) references meshhook.projects (id)
);
create index alert_channels_by_project on meshhook.alert_channels (project_id, id);
comment on table meshhook.alert_channels is 'Where alerts of a project are sent';
comment on column meshhook.alert_channels.target is 'A webhook or addresses of mail, as JSON; keys to sign with are secrets of the project, by name';

call meshhook.secure_rows('meshhook.alert_channels', 'project_id = (select meshhook.current_project_id())');
grant select on meshhook.alert_channels to meshhook_engine;
grant select, insert, delete on meshhook.alert_channels to meshhook_tenant;

create table meshhook.alert_rules (
  id uuid not null,
  project_id uuid not null,
  name text not null,
  kind text not null,
  workflow_id uuid,
  endpoint_id uuid,
  threshold double precision not null,
  window_minutes int not null,
  count_min int not null,
  throttle_minutes int not null,
  channel_ids uuid[] not null,
  is_paused boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  revision int not null default 0,
  is_firing boolean not null default false,
  since timestamptz,
  value double precision,
  is_told boolean not null default false,
  told_at timestamptz,
  constraint alert_rules_pkey primary key (id),
  constraint alert_rules_kind_valid check (
    kind in ('failure_rate', 'failed_runs', 'oldest_run', 'endpoint_silent', 'rejections')
  ),
  constraint alert_rules_project_exists foreign key (project_id) references meshhook.projects (id)
);
create index alert_rules_by_project on meshhook.alert_rules (project_id, id);
comment on table meshhook.alert_rules is 'What is watched of a project, and what was found last';
comment on column meshhook.alert_rules.channel_ids is 'Empty: every channel of the project';
comment on column meshhook.alert_rules.revision is 'Grows with every finding: of two processes that look at the same time, one stores what it found';
comment on column meshhook.alert_rules.since is 'Since when it fires or does not; null: it has not been looked at';
comment on column meshhook.alert_rules.is_told is 'A message said that it fires, and none yet that it is over';

call meshhook.secure_rows('meshhook.alert_rules', 'project_id = (select meshhook.current_project_id())');
grant select, update on meshhook.alert_rules to meshhook_engine;
grant select, insert, update, delete on meshhook.alert_rules to meshhook_tenant;

create table meshhook.alert_messages (
  id uuid not null,
  project_id uuid not null,
  channel_id uuid not null,
  body text not null,
  created_at timestamptz not null default clock_timestamp(),
  attempts int not null default 0,
  due_at timestamptz default clock_timestamp(),
  delivered_at timestamptz,
  error text,
  constraint alert_messages_pkey primary key (id),
  constraint alert_messages_channel_exists
    foreign key (project_id, channel_id) references meshhook.alert_channels (project_id, id) on delete cascade
);
create index alert_messages_by_project on meshhook.alert_messages (project_id, created_at);
create index alert_messages_due on meshhook.alert_messages (due_at) where due_at is not null;
create index alert_messages_by_channel on meshhook.alert_messages (channel_id);
comment on table meshhook.alert_messages is 'Messages about alerts, stored with what they are about, and sent afterwards';
comment on column meshhook.alert_messages.due_at is 'When it is sent next; null: it was delivered or given up';

call meshhook.secure_rows('meshhook.alert_messages', 'project_id = (select meshhook.current_project_id())');
grant select, insert, update, delete on meshhook.alert_messages to meshhook_engine;
grant select, insert, delete on meshhook.alert_messages to meshhook_tenant;
