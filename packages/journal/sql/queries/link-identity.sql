-- Notes how an identity provider knows a user; what is known stays.
-- Index: identities_pkey, identities_user_unique.
-- Locks: the user's row for key share.
insert into meshhook.identities (issuer, subject, user_id, created_at)
values ($1, $2, $3, $4)
on conflict do nothing
