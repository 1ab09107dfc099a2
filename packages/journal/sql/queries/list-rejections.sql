-- The same as list-rejections-of-endpoint for a project, or for some of its endpoints.
-- Index: rejections_by_project.
-- Locks: nothing.
select
  rejections.id, rejections.project_id, rejections.endpoint_id, rejections.at, rejections.code, rejections.detail,
  rejections.body_bytes, rejections.status, rejections.method, rejections.address, rejections.headers, rejections.run_id,
  rejections.is_test
from meshhook.rejections as rejections
where rejections.project_id = $1
  and ($2::uuid[] is null or rejections.endpoint_id = any ($2))
  and rejections.id >= $3
  and rejections.id < $4
  and ($5::boolean is null or (rejections.code = 'duplicate') = $5)
  and ($6::text is null or rejections.code = $6)
  and ($7::text is null or rejections.address = $7)
order by rejections.id desc
limit $8
