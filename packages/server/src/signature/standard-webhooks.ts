import { verify, type KeyObject } from "node:crypto";

import { hasCode, hmacOf, isLive, mismatch, type Claim, type Key, type SignatureCheck } from "./signature-check.ts";
import { listedCodes } from "./presets.ts";
import { headerOf, invalid, optionalHeaderOf, type SignedRequest } from "./signed-request.ts";
import { requireRecent } from "./timestamp.ts";

/** A secret that both sides have (`whsec_…`, signatures `v1`), or the sender's public key (`whpk_…`, signatures `v1a`). */
export type StandardKey = Buffer | KeyObject;

/** Without dots, because one separates id and timestamp: `a.1` and `2` would have the same signature as `a` and `1.2`. */
const ID = /^[A-Za-z0-9_-]{1,255}$/;
const SCHEMES = { hmac: "v1,", ed25519: "v1a," } as const;
const ED25519_BYTES = 64;

/**
 * Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`, or the same three as Svix names them, `svix-…`.
 *
 * Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. Its libraries read numbers and ids more freely.
 */
export function standardWebhooksCheck(keys: readonly Key<StandardKey>[], toleranceS: number): SignatureCheck {
  return (request, body, now) => {
    const family = optionalHeaderOf(request, "webhook-signature") === null ? "svix" : "webhook";
    const id = headerOf(request, `${family}-id`);
    if (!ID.test(id)) throw invalid(`The header ${family}-id does not consist of 1 to 255 letters, digits, - and _`);
    const timestamp = headerOf(request, `${family}-timestamp`);
    requireRecent(timestamp, "seconds", toleranceS, now);
    const live = keys.filter(({ expiresAt }) => isLive(expiresAt, now));
    const signed = [`${id}.${timestamp}.`, body];
    if (live.some((key) => isSigned(key.material, request, `${family}-signature`, signed))) return null;
    throw mismatch();
  };
}

/** @throws Refusal  The header has no signature of the key's kind. */
function isSigned(key: StandardKey, request: SignedRequest, header: string, signed: Claim["signed"]): boolean {
  const scheme = Buffer.isBuffer(key) ? SCHEMES.hmac : SCHEMES.ed25519;
  const items = headerOf(request, header)
    .split(" ")
    .map((item) => (item.startsWith(scheme) ? item.slice(scheme.length) : null));
  const codes = listedCodes(
    items.filter((item) => item !== null),
    "base64",
    header,
  );
  if (Buffer.isBuffer(key)) return hasCode({ signed, codes }, hmacOf("sha256", key, { signed, codes }));
  return codes.some((code) => isSignedBy(key, signed, code));
}

/** Whether it is the Ed25519 signature of the holder of a public key. */
export function isSignedBy(key: KeyObject, signed: Claim["signed"], signature: Buffer): boolean {
  if (signature.length !== ED25519_BYTES) return false;
  const message = Buffer.concat(signed.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  return verify(null, message, key, signature);
}
