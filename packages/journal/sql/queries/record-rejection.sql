-- Records a request that started no run.
-- Index: rejections_pkey.
-- Locks: nothing that others wait for.
insert into meshhook.rejections (
  id, project_id, endpoint_id, at, code, detail, body_bytes, status, method, address, headers, run_id, is_test
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
