import type { KeyObject } from "node:crypto";

import { signatureBytes } from "./encoding.ts";
import { isLive, mismatch, type Key, type SignatureCheck } from "./signature-check.ts";
import { headerOf } from "./signed-request.ts";
import { isSignedBy } from "./standard-webhooks.ts";
import { requireRecent } from "./timestamp.ts";

/** Discord: `x-signature-ed25519` over timestamp and body, by the application's public key. */
export function discordCheck(keys: readonly Key<KeyObject>[], toleranceS: number): SignatureCheck {
  return (request, body, now) => {
    const timestamp = headerOf(request, "x-signature-timestamp");
    requireRecent(timestamp, "seconds", toleranceS, now);
    const name = "x-signature-ed25519";
    const signature = signatureBytes(headerOf(request, name), "hex", 64, name);
    for (const { material, expiresAt } of keys)
      if (isLive(expiresAt, now) && isSignedBy(material, [timestamp, body], signature)) return null;
    throw mismatch();
  };
}
