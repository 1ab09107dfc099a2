-- Finds a session that has not ended, with its user.
-- Index: user_sessions_hash_unique, users_pkey.
-- Locks: nothing.
select
  user_sessions.id as session_id, user_sessions.user_id,
  user_sessions.created_at as session_created_at, user_sessions.expires_at, user_sessions.address, user_sessions.user_agent,
  users.id, users.email, users.name, users.password, users.is_admin, users.created_at, users.disabled_at
from meshhook.user_sessions as user_sessions
join meshhook.users as users on users.id = user_sessions.user_id and users.disabled_at is null
where user_sessions.hash = $1 and user_sessions.expires_at > $2
