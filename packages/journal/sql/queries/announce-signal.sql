-- Notifies listeners, when this transaction commits, that the inbox of a shard has a new signal.
-- Index: none.
-- Locks: notifying transactions commit one after the other; those that store signals do so anyway.
select pg_notify('meshhook_signals', $1::integer::text)
