-- Lists the requests to run a run again, oldest first.
-- Index: reruns_pkey.
-- Locks: nothing.
select reruns.key, reruns.kind, reruns.at
from meshhook.reruns as reruns
where reruns.shard = $1 and reruns.run_id = $2 and reruns.project_id = $3
order by reruns.at, reruns.key
limit $4
