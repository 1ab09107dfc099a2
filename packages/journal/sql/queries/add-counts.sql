-- Stores counts of statistics, unless their ids are stored.
-- Index: statistics_pkey.
-- Locks: nothing that others wait for.
insert into meshhook.statistics (
  span_s, id, project_id, workflow_id, measure, subject, outcome, at, count, sum_us, max_us, max_run_id, sketch
)
select
  $1::int, counts.id, counts.project_id, counts.workflow_id, counts.measure, counts.subject, counts.outcome, counts.at, counts.count,
  counts.sum_us, counts.max_us, counts.max_run_id, counts.sketch
from unnest(
  $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bigint[], $10::bigint[], $11::bigint[],
  $12::uuid[], $13::bytea[]
) as counts (id, project_id, workflow_id, measure, subject, outcome, at, count, sum_us, max_us, max_run_id, sketch)
on conflict on constraint statistics_pkey do nothing
