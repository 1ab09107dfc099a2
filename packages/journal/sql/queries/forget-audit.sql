-- Removes some of the oldest entries of the audit log from before a time.
-- Index: audit_pkey.
-- Locks: the rows that it removes.
select meshhook.forget_audit($1, $2) as forgotten
