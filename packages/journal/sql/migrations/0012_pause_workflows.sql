-- Workflows can be paused. A delivery for a workflow whose home shard another process owns is put into the inbox of that shard.
-- Breaking: no. Processes of earlier releases that run beside this schema do not know that a workflow is paused, and leave such deliveries to
-- the shard's next owner.
-- Locks: access exclusive on workflows and signals, for a moment; no row of signals is read.

insert into meshhook.migrations (name) values ('0012_pause_workflows');

alter table meshhook.workflows add column paused_at timestamptz;
comment on column meshhook.workflows.paused_at is 'New runs have been held since then; null: not paused';

alter table meshhook.signals
  add column workflow_id uuid,
  add column version_id uuid,
  add column facts text,
  drop constraint signals_kind_valid,
  add constraint signals_kind_valid check (kind in ('cancel', 'signal', 'delivery')) not valid;
comment on column meshhook.signals.workflow_id is 'Of a delivery';
comment on column meshhook.signals.version_id is 'Of a delivery';
comment on column meshhook.signals.facts is 'Of a delivery: the first segment of its run, to be appended by the owner of the shard';
