-- Sets the project whose rows the rest of the transaction may see.
-- Index: none.
-- Locks: nothing.
select set_config('meshhook.project_id', $1, true)
