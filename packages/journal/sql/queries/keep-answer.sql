-- Stores the answer to a request, if this attempt still is the one that carries it out.
-- Index: kept_answers_pkey.
-- Locks: the row.
update meshhook.kept_answers as kept
set answer = $4
where kept.project_id = $1 and kept.key_digest = $2 and kept.claim = $3
