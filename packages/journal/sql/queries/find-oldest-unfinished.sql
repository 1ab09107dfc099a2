-- Finds the oldest run between two run ids that has not ended and whose project is listed (not $4) or not listed ($4).
-- Index: journal_pkey, for each run that did not end with its first segment; reads the firsts of an old day.
-- Locks: nothing.
select firsts.run_id
from meshhook.journal as firsts
left join lateral (
  select true as is_found
  from meshhook.journal as finals
  where finals.shard = firsts.shard and finals.run_id = firsts.run_id and finals.status is not null
  limit 1
) as ended on true
where firsts.run_id >= $1
  and firsts.run_id < $2
  and firsts.seq = 0
  and firsts.status is null
  and (firsts.project_id = any ($3::uuid[])) <> $4
  and ended.is_found is null
order by firsts.run_id
limit 1
