-- Ends one session of a user ($2), or all but one ($3).
-- Index: user_sessions_by_user.
-- Locks: the sessions' rows.
delete from meshhook.user_sessions as user_sessions
where user_sessions.user_id = $1
  and ($2::uuid is null or user_sessions.id = $2)
  and ($3::uuid is null or user_sessions.id <> $3)
