-- Deletes a workflow's endpoints and their rejections.
-- Index: endpoints_by_project, rejections_by_endpoint.
-- Locks: the deleted rows.
with deleted as (
  delete from meshhook.endpoints as endpoints
  where endpoints.project_id = $1 and endpoints.workflow_id = $2
  returning endpoints.id
)
delete from meshhook.rejections as rejections
using deleted
where rejections.project_id = $1 and rejections.endpoint_id = deleted.id
