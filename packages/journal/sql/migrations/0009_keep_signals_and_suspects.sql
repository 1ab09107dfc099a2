-- A shard's watermark says up to which signal everything is done, so that whoever takes the shard over reads the rest. And a table of
-- runs that are being read back at the moment: one that is still in it afterwards may be what ended its owner.
-- Breaking: no. Locks: access exclusive on watermarks (one row per shard), for a moment.

insert into meshhook.migrations (name) values ('0009_keep_signals_and_suspects');

alter table meshhook.watermarks
  add column signals_after uuid not null default '00000000-0000-0000-0000-000000000000';

comment on column meshhook.watermarks.signals_after is
  'Every signal of the shard up to this id has been handled; 0 when none is known to be';

create table meshhook.suspects (
  shard int not null,
  run_id uuid not null,
  attempts int not null default 1,
  at timestamptz not null default clock_timestamp(),
  constraint suspects_pkey primary key (shard, run_id),
  constraint suspects_attempts_positive check (attempts > 0)
);

comment on table meshhook.suspects is
  'Large runs that an owner began to fold and has not finished folding. After two unfinished attempts a run is set aside';
comment on column meshhook.suspects.attempts is 'How many owners began to fold the run; at 2 or more, and with no owner folding it, the run is set aside';
comment on column meshhook.suspects.at is 'Time of the last attempt';

call meshhook.secure_rows('meshhook.suspects', null);
grant select, insert, update, delete on meshhook.suspects to meshhook_engine;
