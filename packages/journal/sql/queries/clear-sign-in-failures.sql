-- Forgets the failed sign-ins of some subjects.
-- Index: sign_in_failures_pkey.
-- Locks: the rows of the subjects.
delete from meshhook.sign_in_failures as failures
using unnest($1::text[], $2::int[]) as wanted (kind, bucket)
where failures.kind = wanted.kind and failures.bucket = wanted.bucket
