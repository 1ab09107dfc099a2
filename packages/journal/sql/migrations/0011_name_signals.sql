-- Signals that workflows wait for: with a name, a payload, and a key by which a sender's repeats are known.
-- Breaking: no. Processes of earlier releases that run beside this schema cannot read a signal of the new kind: until they end, the signals
-- of its shard wait, requests to cancel included. Locks: access exclusive on signals, for a moment; the index is built over its rows.

insert into meshhook.migrations (name) values ('0011_name_signals');

alter table meshhook.signals
  add column name text,
  add column payload text,
  add column dedupe_key text,
  drop constraint signals_kind_valid,
  add constraint signals_kind_valid check (kind in ('cancel', 'signal')),
  add constraint signals_complete check (
    (kind = 'signal') = (name is not null and payload is not null and dedupe_key is not null)
  );

comment on column meshhook.signals.name is 'What a workflow waits for; only of the kind "signal"';
comment on column meshhook.signals.payload is 'JSON text';
comment on column meshhook.signals.dedupe_key is 'The sender''s key, or else the id of the signal: a run gets each key once';

create unique index signals_by_key on meshhook.signals (shard, run_id, dedupe_key) where dedupe_key is not null;
