-- Lists the sessions of a user that have not ended, newest first.
-- Index: user_sessions_by_user.
-- Locks: nothing.
select
  user_sessions.id, user_sessions.user_id, user_sessions.created_at,
  user_sessions.expires_at, user_sessions.address, user_sessions.user_agent
from meshhook.user_sessions as user_sessions
where user_sessions.user_id = $1 and user_sessions.expires_at > $2
order by user_sessions.id desc
