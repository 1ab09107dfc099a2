-- Finds shards that no registered owner holds.
-- Index: none; both tables are small.
-- Locks: nothing; claim-shards checks again.
select fences.shard, fences.epoch
from meshhook.fences as fences
where fences.token is null
  or not exists (select from meshhook.owners as owners where owners.token = fences.token)
order by fences.shard
limit $1
