-- Lists erased runs between two run ids.
-- Index: erasures_pkey.
-- Locks: nothing.
select erasures.run_id
from meshhook.erasures as erasures
where erasures.run_id >= $1 and erasures.run_id < $2
order by erasures.run_id
limit $3
