-- Counts a failed sign-in of some subjects; failures from before a time ($4) count no more.
-- Index: sign_in_failures_pkey.
-- Locks: the rows of the subjects, in one order.
insert into meshhook.sign_in_failures as failures (kind, bucket, failures, failed_at)
select wanted.kind, wanted.bucket, 1, $3::timestamptz
from unnest($1::text[], $2::int[]) as wanted (kind, bucket)
order by wanted.kind, wanted.bucket
on conflict (kind, bucket) do update set
  failures = case when failures.failed_at > $4 then failures.failures + 1 else 1 end,
  failed_at = excluded.failed_at
returning failures.kind, failures.bucket, failures.failures, failures.failed_at
