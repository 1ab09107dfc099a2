-- Counts sealed values across projects by their first characters, which of format 2 name the key; those of format 1 together.
-- Index: none; every secret, endpoint and project is read, of which there are few.
-- Locks: nothing.
with sealed (value) as (
  select secrets.sealed from meshhook.secrets as secrets
  union all
  select endpoints.sealed_secret from meshhook.endpoints as endpoints
  union all
  select endpoints.sealed_verify_token from meshhook.endpoints as endpoints
  union all
  select projects.sealed_pseudonym_key from meshhook.projects as projects
  union all
  select former.value ->> 'sealedSecret'
  from meshhook.endpoints as endpoints, jsonb_array_elements(endpoints.former_keys::jsonb) as former (value)
)
select case when sealed.value ~ '^A[g-v]' then left(sealed.value, 12) end as prefix, count(*) as count
from sealed
where sealed.value is not null
group by 1
