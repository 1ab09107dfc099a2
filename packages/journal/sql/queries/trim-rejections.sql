-- Deletes all but the newest rejections of an endpoint.
-- Index: rejections_by_endpoint, rejections_pkey.
-- Locks: the deleted rows.
delete from meshhook.rejections as rejections
where rejections.project_id = $1
  and rejections.endpoint_id = $2
  and rejections.id <= (
    select kept.id
    from meshhook.rejections as kept
    where kept.project_id = $1 and kept.endpoint_id = $2
    order by kept.id desc
    offset $3
    limit 1
  )
