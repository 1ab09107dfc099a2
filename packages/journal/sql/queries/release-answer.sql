-- Gives an idempotency key back after an attempt that changed nothing.
-- Index: kept_answers_pkey.
-- Locks: the row. Waits for a transaction that stores the answer.
delete from meshhook.kept_answers as kept
where kept.project_id = $1 and kept.key_digest = $2 and kept.claim = $3 and kept.answer is null
