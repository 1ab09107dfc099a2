-- Lists a project's runs between two run ids, newest first, with an optional workflow; with the beginning of the facts of those that a request started.
-- Index: journal_runs_by_project; journal_pkey for the end of runs that have more than one segment.
-- Locks: nothing.
select
  firsts.run_id, firsts.project_id, firsts.workflow_id, firsts.version_id,
  coalesce(firsts.status, finals.status, 'running') as status,
  firsts.at as started_at,
  case when firsts.status is null then finals.at else firsts.at end as finished_at,
  -- Nothing that a sender chose comes before the source, and later quotes within texts are escaped.
  case
    when position('"source":{"endpoint":"' || coalesce($5::text, '') in left(firsts.facts, 200)) > 0 then left(firsts.facts, $7)
  end as head
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
where firsts.project_id = $1
  and firsts.seq = 0
  and firsts.run_id >= $2
  and firsts.run_id < $3
  and ($4::uuid is null or firsts.workflow_id = $4)
order by firsts.run_id desc
limit $6
