-- Deletes an endpoint's rejections.
-- Index: rejections_by_endpoint.
-- Locks: the deleted rows.
delete from meshhook.rejections as rejections
where rejections.project_id = $1 and rejections.endpoint_id = $2
