-- Checks that an owner is registered, and keeps it registered until the transaction ends.
-- Index: owners_pkey.
-- Locks: the owner's row for key share, so that it cannot be removed in between; its heartbeats continue.
select owners.token
from meshhook.owners as owners
where owners.token = $1
for key share
