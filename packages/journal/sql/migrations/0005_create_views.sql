-- The journal as people with psql want to read it. The views see what their reader may see.
-- Breaking: no. Locks: nothing that existed before.

insert into meshhook.migrations (name) values ('0005_create_views');

create view meshhook.runs with (security_invoker = true) as
select
  firsts.run_id,
  firsts.project_id,
  firsts.workflow_id,
  firsts.version_id,
  firsts.shard,
  coalesce(firsts.status, finals.status, 'running') as status,
  firsts.at as started_at,
  case when firsts.status is null then finals.at else firsts.at end as finished_at
from meshhook.journal as firsts
left join lateral (
  select segments.status, segments.at
  from meshhook.journal as segments
  where segments.shard = firsts.shard
    and segments.run_id = firsts.run_id
    and segments.seq > 0
    and segments.status is not null
  limit 1
) as finals on firsts.status is null
where firsts.seq = 0;

comment on view meshhook.runs is 'One row per run. Bound run_id with meshhook.run_id_floor(…) when reading many';

create view meshhook.facts with (security_invoker = true) as
select
  segments.run_id,
  segments.seq,
  facts.position::int as position,
  -- Not "->>": that fails on a body with \u0000, which JSON allows and Postgres text does not.
  substring(facts.fact::text from '^\s*\{\s*"kind"\s*:\s*"([a-z_]+)"') as kind,
  facts.fact,
  segments.at,
  segments.project_id,
  segments.workflow_id,
  segments.version_id,
  segments.shard
from meshhook.journal as segments
cross join lateral (
  select elements.value as fact, elements.ordinality - 1 as position
  from json_array_elements(segments.facts::json) with ordinality as elements (value, ordinality)
) as facts;

comment on view meshhook.facts is 'One row per fact, in order of run_id, seq, position';

grant select on meshhook.runs, meshhook.facts to meshhook_engine, meshhook_tenant;
