-- Opens a session of a user, and forgets those of the user that have ended.
-- Index: user_sessions_pkey, user_sessions_hash_unique, user_sessions_by_user.
-- Locks: the user's row for key share.
with forgotten as (
  delete from meshhook.user_sessions as user_sessions
  where user_sessions.user_id = $2 and user_sessions.expires_at <= $4
)
insert into meshhook.user_sessions
  (id, user_id, hash, created_at, expires_at, address, user_agent)
values ($1, $2, $3, $4, $5, $6, $7)
returning id, user_id, created_at, expires_at, address, user_agent
