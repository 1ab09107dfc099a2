-- Counts what was refused for a project or one of its endpoints from an id on, up to 10,000.
-- Index: rejections_by_project.
-- Locks: nothing.
select count(*) as rejected
from (
  select
  from meshhook.rejections as rejections
  where rejections.project_id = $1
    and rejections.id >= $3
    and ($2::uuid is null or rejections.endpoint_id = $2)
    and rejections.code <> 'duplicate'
    and rejections.is_test is not true
  limit 10000
) as found
