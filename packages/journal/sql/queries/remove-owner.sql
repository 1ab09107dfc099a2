-- Removes an owner.
-- Index: owners_pkey.
-- Locks: the owner's row.
delete from meshhook.owners as owners
where owners.token = $1
