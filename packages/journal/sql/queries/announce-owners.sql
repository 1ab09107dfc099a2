-- Tells whoever listens that an owner has joined, or has left.
-- Index: none.
-- Locks: notifying transactions commit one after the other; owners seldom come and go.
select pg_notify('meshhook_owners', '')
