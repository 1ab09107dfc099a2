-- Lists the failed sign-ins of some subjects since a time.
-- Index: sign_in_failures_pkey.
-- Locks: nothing.
select failures.kind, failures.bucket, failures.failures, failures.failed_at
from unnest($1::text[], $2::int[]) with ordinality as wanted (kind, bucket, place)
join meshhook.sign_in_failures as failures on failures.kind = wanted.kind and failures.bucket = wanted.bucket
where failures.failed_at > $3
order by wanted.place
