import { expect, it } from "vitest";

import { isCredential } from "./header-names.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

it.each(
  words(`
    authorization Authorization proxy-authorization www-authenticate authentication-info cookie cookie2 set-cookie
    dpop dpop-nonce x-auth x-oauth2-token x-authenticated-user
    x-pass x_pass x.pass X-Pass xpass x-pwd x_pwd x-pw x-passwd x-password x-webhook-password x-userpass x-apipass x-userpwd
    x-passphrase x-passcode x-wsse x-psk x-creds x-cred x-credentials x-amz-credential x-macaroon
    x-pin x_pin x-otp x_otp x-totp x-2fa x-mfa-code x-access-code x-accesscode x-verification-code x-otpcode x-pincode x-passhash x-proof
    x-sid x_sid connect.sid x-phpsessid phpsessid jsessionid x-session x-session-id x-sapisid x-sess
    x-sig x_sig x.sig webhook_sig xSig paypal-transmission-sig x-sign x-webhook-sign x-apisign x-signed x-signed-request
    x-signature x-signature-v2 x-hub-signature-256 stripe-signature signature-input x-hmac x-shopify-hmac-sha256 x-mac
    verif-hash x-hash x-jws x-jwt jwt x-goog-iap-jwt-assertion x-ms-client-principal
    x-token x_token token x-token-id accesstoken x-accessToken x-access-tokens x-gitlab-token x-amz-security-token
    x-api-key api_key api.key apikey x-apikey x-api-key-v2 x-key x-key-id x-keys ocp-apim-subscription-key
    x-amz-server-side-encryption-customer-key x-pubkey x-keypair x-passkey x-functions-key
    x-client-cert ssl_client_cert x-client-certificate x-csrf x-xsrf-token jenkins-crumb x-secret x-hook-secret clientsecret
    x-pat x-bearer x-sso
  `),
)("%s is a credential", (name) => expect(isCredential(name)).toBe(true));

it.each(
  words(`
    content-type content-length date etag location retry-after x-request-id traceparent
    x-keyword x-keyboard x-keynote x-monkey-id x-turkey paypal-cert-url x-commit-hash x-content-hash x-goog-hash
    x-signed-up x-sign-in-count x-signal x-design x-assigned-to x-campaign x-tokens-used x-ratelimit-remaining-tokens
    anthropic-ratelimit-tokens-reset x-tokenizer i-twilio-idempotency-token
    idempotency-key x-idempotency-key x-event-key ce-partitionkey x-routing-key surrogate-key x-cache-key surrogate-keys
    x-author x-authored-by x-authority x-bypass-cache x-compass x-passenger x-pass-through
    x-mac-address x-macos x-status-code x-country-code x-error-code x-pinned x-shipping x-shopify-topic x-side
    x-github-delivery webhook-id svix-id svix-timestamp x-decode x-codec x-resource x-credit x-panic x-spin x-hashtag
    x-secretary x-certified x-concert x-sender x-customer-id x-total-count stripe-version operation-location
  `),
)("%s is not one", (name) => expect(isCredential(name)).toBe(false));
