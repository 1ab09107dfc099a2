-- Endpoints can be paused, have an alias, and choose what they accept; projects can limit the rate of their webhooks.
-- Breaking: processes of earlier releases that run beside this schema accept what these settings refuse, and answer 404 at aliases.
-- Locks: access exclusive on endpoints and projects, for a moment.

insert into meshhook.migrations (name) values ('0020_choose_what_to_accept');

alter table meshhook.endpoints
  add column acceptance text not null default '{}',
  add column alias text,
  add column paused_at timestamptz,
  add constraint endpoints_alias_unique unique (project_id, alias),
  add constraint endpoints_alias_signed check (alias is null or signature <> 'none');
comment on column meshhook.endpoints.acceptance is 'What the endpoint accepts, where that is not the default, as JSON';
comment on column meshhook.endpoints.alias is 'A second address that people choose, unique in the project; it can be guessed, so deliveries must be signed';
comment on column meshhook.endpoints.paused_at is 'Since when deliveries are refused; null: they are not';

alter table meshhook.projects add column rate_limit text;
comment on column meshhook.projects.rate_limit is 'How many webhooks the project accepts in which time, as JSON; null: any number';

grant update (rate_limit) on meshhook.projects to meshhook_tenant;
