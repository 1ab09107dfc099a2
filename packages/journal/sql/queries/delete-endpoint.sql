-- Deletes an endpoint.
-- Index: endpoints_pkey.
-- Locks: the endpoint's row.
delete from meshhook.endpoints as endpoints
where endpoints.project_id = $1 and endpoints.id = $2
