-- What is known of requests that started no run, for the log of deliveries.
-- Breaking: no. Locks: access exclusive on rejections, for a moment.

insert into meshhook.migrations (name) values ('0021_log_deliveries');

alter table meshhook.rejections
  add column status int,
  add column method text,
  add column address text,
  add column headers text,
  add column run_id uuid,
  add column is_test boolean;

comment on table meshhook.rejections is
  'Requests to endpoints that started no run, for the owner of their sender: refused ones, and repeats of accepted ones';
comment on column meshhook.rejections.code is 'Why: a problem code; duplicate for a repeat of an accepted delivery';
comment on column meshhook.rejections.status is 'The HTTP status of the answer. Null where an earlier release wrote the row, as are the columns that follow';
comment on column meshhook.rejections.address is 'Where the request came from; null where that is not known';
comment on column meshhook.rejections.headers is 'The headers that a run would see, shortened, as JSON; credentials and signatures are not among them';
comment on column meshhook.rejections.run_id is 'The run of the first delivery with the same key';
comment on column meshhook.rejections.is_test is 'Somebody sent it from MeshHook to try the endpoint';
