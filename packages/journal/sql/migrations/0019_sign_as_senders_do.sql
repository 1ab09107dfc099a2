-- Signatures of more senders, with settings, and several keys for each endpoint.
-- Breaking: processes of earlier releases that run beside this schema answer 401 to every delivery of an endpoint with a new kind of
-- signature, or signed with an older key; everything else of theirs goes on.
-- Locks: access exclusive on endpoints, for a moment.

insert into meshhook.migrations (name) values ('0019_sign_as_senders_do');

alter table meshhook.endpoints
  drop constraint endpoints_signature_valid,
  add constraint endpoints_signature_valid check (
    signature in (
      'none', 'github-sha256', 'stripe', 'slack', 'shopify', 'twilio', 'standard-webhooks', 'discord', 'hmac', 'jwt', 'basic'
    )
  ),
  add column signature_settings text not null default '{}',
  add column former_keys text not null default '[]';
comment on column meshhook.endpoints.signature_settings is 'Details of the signature, as JSON';
comment on column meshhook.endpoints.former_keys is 'Signing keys before sealed_secret that are still accepted, newest first, as JSON; encrypted by the server';
