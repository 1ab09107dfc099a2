-- Finds what an idempotency key was claimed for, and the answer if there is one.
-- Index: kept_answers_pkey.
-- Locks: nothing.
select kept.request_digest, kept.answer
from meshhook.kept_answers as kept
where kept.project_id = $1 and kept.key_digest = $2
