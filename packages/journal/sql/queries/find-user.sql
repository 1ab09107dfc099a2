-- Finds a user by id, by address, or by an identity.
-- Index: users_pkey, users_email_unique, identities_pkey.
-- Locks: nothing.
select users.id, users.email, users.name, users.password, users.is_admin, users.created_at, users.disabled_at
from meshhook.users as users
where users.id = coalesce(
  $1::uuid,
  (select named.id from meshhook.users as named where named.email = $2::text),
  (select identities.user_id from meshhook.identities as identities
    where identities.issuer = $3::text and identities.subject = $4::text)
)
