-- Who may append to which shard. Small tables that are updated in place; tenants have no business with them.
-- Breaking: no. Locks: nothing that existed before.

insert into meshhook.migrations (name) values ('0003_create_ownership');

create table meshhook.fences (
  shard int not null,
  token text,
  epoch int not null default 0,
  constraint fences_pkey primary key (shard),
  constraint fences_shard_fits_run_id check (shard between 0 and 1023)
);

comment on table meshhook.fences is
  'The owner of each shard. Appends lock their shards'' rows for share, takeover updates them: neither can miss the other';
comment on column meshhook.fences.token is 'The owner''s token; null: free';
comment on column meshhook.fences.epoch is 'Grows by one with every change of owner';

-- The number of shards is fixed for the life of the database.
insert into meshhook.fences (shard) select generate_series(0, 63);

create table meshhook.owners (
  token text not null,
  name text not null,
  liveness_key int,
  joined_at timestamptz not null,
  heartbeat_at timestamptz not null,
  constraint owners_pkey primary key (token)
);

comment on table meshhook.owners is 'Processes that own shards. Whoever finds one dead removes its row; then its shards are free';
comment on column meshhook.owners.liveness_key is
  'Session advisory lock (1296388936, liveness_key) that the owner holds while it lives; null: it does without';

create table meshhook.watermarks (
  shard int not null,
  token text,
  low_run_id uuid not null default '00000000-0000-0000-0000-000000000000',
  timers_from timestamptz not null default timestamptz 'epoch',
  constraint watermarks_pkey primary key (shard)
);

comment on table meshhook.watermarks is 'Where recovery of a shard starts. May lag, never lead';
comment on column meshhook.watermarks.token is 'The owner that stored it';

insert into meshhook.watermarks (shard) select shard from meshhook.fences;

create table meshhook.revisions (
  name text not null,
  value bigint not null default 0,
  changed_at timestamptz not null default timestamptz 'epoch',
  constraint revisions_pkey primary key (name)
);

comment on table meshhook.revisions is 'Counters that heartbeats report: a process reads the catalog or the signals again when they grew';

insert into meshhook.revisions (name) values ('catalog'), ('signals');

call meshhook.secure_rows('meshhook.fences', null);
call meshhook.secure_rows('meshhook.owners', null);
call meshhook.secure_rows('meshhook.watermarks', null);
call meshhook.secure_rows('meshhook.revisions', null);

grant select, update on meshhook.fences, meshhook.watermarks, meshhook.revisions to meshhook_engine;
grant select, insert, update, delete on meshhook.owners to meshhook_engine;
