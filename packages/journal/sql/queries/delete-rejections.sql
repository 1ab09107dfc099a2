-- Deletes what was kept of an endpoint's refusals.
-- Index: rejections_by_endpoint.
-- Locks: the deleted rows.
delete from meshhook.rejections as rejections
where rejections.project_id = $1 and rejections.endpoint_id = $2
