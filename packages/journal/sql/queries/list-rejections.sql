-- Lists a project's rejections, newest first.
-- Index: rejections_by_project.
-- Locks: nothing.
select
  rejections.id, rejections.project_id, rejections.endpoint_id, rejections.at, rejections.code, rejections.detail,
  rejections.body_bytes
from meshhook.rejections as rejections
where rejections.project_id = $1
order by rejections.id desc
limit $2
