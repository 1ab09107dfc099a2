-- Records a delivery that was refused.
-- Index: rejections_pkey.
-- Locks: nothing that others wait for.
insert into meshhook.rejections (id, project_id, endpoint_id, at, code, detail, body_bytes)
values ($1, $2, $3, $4, $5, $6, $7)
