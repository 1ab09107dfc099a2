-- Says which person acts in the current transaction; the policies of what it changes ask for the person's role.
-- Index: none.
-- Locks: nothing.
select set_config('meshhook.user_id', $1, true)
