-- Claims an idempotency key for a request: one that is new, or that was claimed by an attempt that has ended without a word, or a day ago.
-- Index: kept_answers_pkey.
-- Locks: the claimed row.
insert into meshhook.kept_answers as kept (project_id, key_digest, request_digest, claim, claimed_at)
select $1, $2, $3, $4, clock_timestamp()
where
  exists (select from meshhook.kept_answers as stored where stored.project_id = $1 and stored.key_digest = $2)
  or (
    select count(*)
    from (select from meshhook.kept_answers as stored where stored.project_id = $1 limit $7) as stored
  ) < $7
on conflict (project_id, key_digest) do update
set
  request_digest = excluded.request_digest,
  claim = excluded.claim,
  claimed_at = excluded.claimed_at,
  answer = null
where
  kept.claimed_at < clock_timestamp() - $5 * interval '1 millisecond'
  or (
    kept.answer is null
    and kept.request_digest = excluded.request_digest
    and kept.claimed_at < clock_timestamp() - $6 * interval '1 millisecond'
  )
returning kept.claim
