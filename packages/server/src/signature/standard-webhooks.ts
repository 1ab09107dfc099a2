import { verify, type KeyObject } from "node:crypto";

import { hasCode, hmacOf, isLive, mismatch, type Claim, type Key, type SignatureCheck } from "./signature-check.ts";
import { noSignature, readableCodes } from "./presets.ts";
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
    const signed = [`${id}.${timestamp}.`, body];
    const codesOf = signaturesOf(request, `${family}-signature`);
    let hasCodes = false;
    for (const { material, expiresAt } of keys) {
      if (!isLive(expiresAt, now)) continue;
      // A sender may change from one kind of key to the other, and then signs for the old one only, or for both.
      const codes = codesOf(Buffer.isBuffer(material) ? SCHEMES.hmac : SCHEMES.ed25519);
      hasCodes ||= codes.length > 0;
      if (isSigned(material, { signed, codes })) return null;
    }
    throw hasCodes ? mismatch() : noSignature(`${family}-signature`);
  };
}

/** The signatures of a header by their scheme. */
function signaturesOf(request: SignedRequest, header: string): (scheme: string) => readonly Buffer[] {
  const items = headerOf(request, header).split(" ");
  return (scheme) =>
    readableCodes(
      items.flatMap((item) => (item.startsWith(scheme) ? [item.slice(scheme.length)] : [])),
      "base64",
      header,
    );
}

function isSigned(key: StandardKey, claim: Claim): boolean {
  if (Buffer.isBuffer(key)) return claim.codes.length > 0 && hasCode(claim, hmacOf("sha256", key, claim));
  return claim.codes.some((code) => isSignedBy(key, claim.signed, code));
}

/** Whether it is the Ed25519 signature of the holder of a public key. */
export function isSignedBy(key: KeyObject, signed: Claim["signed"], signature: Buffer): boolean {
  if (signature.length !== ED25519_BYTES) return false;
  const message = Buffer.concat(signed.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  return verify(null, message, key, signature);
}
