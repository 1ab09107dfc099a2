-- Registers an owner.
-- Index: owners_pkey.
-- Locks: nothing that others wait for.
insert into meshhook.owners (token, name, liveness_key, joined_at, heartbeat_at)
values ($1, $2, $3, clock_timestamp(), clock_timestamp())
